/**
 * The first probe of a domain. Nobody knows yet whether its server answers, and any number of new ones may be dead. One that
 * has not ended after a moment, while this process had nothing else to do, waits for its server: it is given up, and the
 * domain is probed in the slow lane, with all the time that the settings allow. So the dead do not hold up later ones that
 * would answer. A busy process gives none up, because its own work may be what takes long.
 */
import { type Batch, mostInBatch } from './batches.ts';
import { type CheckDomainPorts, type CheckDomainSettings, checkDomain } from './check-domain.ts';
import { type EndpointGate, usualEndpoints } from './endpoint-gate.ts';
import type { DomainRef } from './probe-store.ts';

export interface FirstProbePorts extends CheckDomainPorts {
  readonly gate: EndpointGate;
  /** Adds a job for each batch. */
  readonly enqueue: (batches: readonly Batch[]) => Promise<void>;
  /** Runs something in so many milliseconds; gives what calls it off. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** For how many milliseconds this process has had nothing to do, in all. */
  readonly idleMs: () => number;
}

/** `sweep`: null if it belongs to none. */
export type FirstProbe = (
  ref: DomainRef,
  sweep: string | null,
  settings: CheckDomainSettings,
  signal: AbortSignal,
) => Promise<void>;

/** A TLS server at the other end of the world answers within this time. */
const patienceMs = 1_000;

/** The part of that time in which the process has to be idle. If it ever is, it has dealt with everything that has come. */
const idleShare = 0.1;

export function createFirstProbe(ports: FirstProbePorts): FirstProbe {
  const handOver = createHandOver(ports);
  return async ({ account, domain }, sweep, settings, signal) => {
    const ref = { account, domain };
    const leave = await ports.gate.enter(account, usualEndpoints, signal);
    const patience = startPatience(ports);
    /** What has answered is not dead: a look that confirms a mismatch waits for its moment, and not for the server. */
    const observe: FirstProbePorts['observe'] = async (...look) => {
      const seen = await ports.observe(...look);
      patience.end();
      return seen;
    };
    try {
      const patient = AbortSignal.any([signal, patience.signal]);
      await checkDomain(ref, sweep, settings, { ...ports, observe }, patient);
      return;
    } catch (error) {
      if (signal.aborted || !patience.signal.aborted) throw error;
    } finally {
      patience.end();
      leave();
    }
    // Until this is stored, its job is not done.
    await handOver(ref, sweep);
  };
}

function startPatience({ after, idleMs }: Pick<FirstProbePorts, 'after' | 'idleMs'>) {
  const controller = new AbortController();
  let callOff = () => {};
  const wait = () => {
    const idleBefore = idleMs();
    callOff = after(patienceMs, () => {
      if (idleMs() - idleBefore < idleShare * patienceMs) wait();
      else controller.abort(new Error('it waits for its server'));
    });
  };
  wait();
  return { signal: controller.signal, end: () => callOff() };
}

/** How long one that was given up waits for others, to share a job. */
const gatherMs = 250;

/** Puts those of one sweep that were given up at about the same time into one batch of the slow lane. */
function createHandOver({ enqueue, after }: FirstProbePorts) {
  interface Gathering {
    readonly refs: DomainRef[];
    readonly stored: Promise<void>;
    readonly store: () => void;
  }
  const gathering = new Map<string | null, Gathering>();

  function begin(sweep: string | null): Gathering {
    const refs: DomainRef[] = [];
    const { promise: stored, resolve, reject } = withResolvers();
    const store = () => {
      callOff();
      gathering.delete(sweep);
      const [head] = refs;
      const domains = refs.map((ref) => ({ ...ref, afterMs: 0 }));
      const name = `first ${head?.account} ${head?.domain}`;
      enqueue([{ name, sweep, lane: 'slow', worker: null, delayMs: 0, domains }]).then(resolve, reject);
    };
    const callOff = after(gatherMs, store);
    const begun = { refs, stored, store };
    gathering.set(sweep, begun);
    return begun;
  }

  return (ref: DomainRef, sweep: string | null): Promise<void> => {
    const { refs, stored, store } = gathering.get(sweep) ?? begin(sweep);
    refs.push(ref);
    if (refs.length === mostInBatch) store();
    return stored;
  };
}

/** `Promise.withResolvers` of newer versions of Node. */
function withResolvers() {
  let resolve = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((onStored, onError) => {
    resolve = onStored;
    reject = onError;
  });
  return { promise, resolve, reject };
}
