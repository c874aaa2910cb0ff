/**
 * `pinwatch check --batch`: one request per line on standard input, one answer per line on standard output, in order.
 *
 * Requests are read no faster than answers are written and consumed, so a stream of any length needs the same memory.
 * Nothing is remembered between requests.
 */
import type { Check } from '../core/check.ts';
import { othersWarning } from '../core/root-bundle.ts';
import { linesOf } from './batch-lines.ts';
import { readBatchRequest } from './batch-request.ts';
import { judged } from './check.ts';
import { statusOf } from './check-status.ts';
import type { Output } from './output.ts';
import { shippedPins } from './pins-from.ts';
import type { CheckPorts } from './probing-options.ts';
import { exitStatus, gravestStatus, UsageError } from './usage.ts';

export interface BatchPorts extends CheckPorts {
  /** Standard input, chunk by chunk. Rejects if it can't be read, or with the signal's reason. */
  readonly read: (signal: AbortSignal) => AsyncIterable<Uint8Array>;
  /** Resolves once the text was consumed: true, or false if the reader has gone. */
  readonly write: (text: string) => Promise<boolean>;
}

type Answer =
  | { readonly exit: number; readonly check: Check }
  | { readonly exit: number; readonly error: string };

/** Requests that are probed at a time. Each may have 64 addresses with three key types. */
const mostRunning = 16;
/** Answers that wait for an earlier one: a dead host holds up the others only beyond this. */
const mostWaiting = 256;
/** A hundred pins in hexadecimal take a tenth of this. */
const mostLineBytes = 65_536;

/** Returns the exit status of the batch: that of the worst answer, or `undetermined` if there was no request. */
export async function checkBatch(
  { stderr }: Pick<Output, 'stderr'>,
  { read, write, ...probes }: BatchPorts,
): Promise<number> {
  const stop = new AbortController();
  const statuses = new Set<number>();
  const running = new Set<Promise<Answer>>();
  const waiting: Promise<void>[] = [];
  let last = Promise.resolve();
  let number = 0;
  let toldStrays = false;

  const answer = async (text: string, line: number): Promise<Answer> => {
    const request = readBatchRequest(text, probes);
    if (!request.ok) return { exit: exitStatus.usage, error: request.problem };
    const { timeoutMs, strays, pinsFrom } = request.value;
    let { domain } = request.value;
    if (pinsFrom !== undefined) {
      const shipped = await shippedPins(pinsFrom, domain.host, probes.readPinFile);
      if (!shipped.ok) return { exit: exitStatus.usage, error: `pinsFrom: ${shipped.problem}` };
      const { sets } = shipped.value;
      if (sets.length > 0) domain = { ...domain, pinSets: sets };
    }
    if (strays > 0 && !toldStrays) {
      // Only once: it must not block if the parent process does not read standard error.
      toldStrays = true;
      stderr(`line ${line}: caFile: ${othersWarning(strays)}; this warning is not repeated\n`);
    }
    const { check } = judged(domain, await probes.observe(domain, timeoutMs, stop.signal), probes.clock());
    return { exit: statusOf(check), check };
  };
  const put = async (before: Promise<void>, answering: Promise<Answer>): Promise<void> => {
    const [, answered] = await Promise.all([before, answering]);
    if (!(await write(`${JSON.stringify(answered)}\n`))) throw gone;
    statuses.add(answered.exit);
  };

  try {
    for await (const line of linesOf(readable(read(stop.signal)), mostLineBytes)) {
      number += 1;
      if ('text' in line && line.text.trim() === '') continue;
      const answering: Promise<Answer> =
        'text' in line
          ? answer(line.text, number)
          : Promise.resolve({ exit: exitStatus.usage, error: line.problem });
      running.add(answering);
      const ended = () => running.delete(answering);
      answering.then(ended, ended);
      last = put(last, answering);
      last.catch((reason: unknown) => stop.abort(reason));
      waiting.push(last);
      if (running.size >= mostRunning) await Promise.race(running);
      if (waiting.length >= mostWaiting) await waiting.shift();
    }
    await last;
  } catch (error) {
    const reason: unknown = stop.signal.aborted ? stop.signal.reason : error;
    stop.abort(reason);
    if (reason !== gone) throw reason;
    // Requests without an answer are undetermined.
    statuses.add(exitStatus.undetermined);
  }
  if (statuses.size === 0) stderr('standard input: expected a request on each line, found none\n');
  return statuses.size === 0 ? exitStatus.undetermined : gravestStatus(statuses);
}

/** Standard input cannot be read if it is a folder, for example. */
async function* readable(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw new UsageError(`standard input: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

const gone = new Error('the reader of the answers has gone');
