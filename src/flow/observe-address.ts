/**
 * The endpoints of one address: one for each key type.
 *
 * Each key type is requested with an app's hello, all at once. If none is answered and some are refused, the server is
 * asked further. A key type that was refused is then `key_type_not_served` if any hello was answered here. If its
 * connection was only broken off, it takes more evidence: the two hellos are sent in turn.
 */
import type { Evidence, Failure, KeyType, Observation } from '../core/observation.ts';
import { askFurther, askPastBreak, type Refused } from './ask-further.ts';
import { askByTurns } from './by-turns.ts';
import type { Breadth, Offer } from './handshaker.ts';
import {
  elapsed,
  isAnswered,
  keyTypeOf,
  leafKey,
  type Outcome,
  type Probing,
  shakeHands,
  type Trial,
} from './shake-hands.ts';

interface Tried {
  readonly trial: Trial;
  readonly outcome: Outcome;
  readonly endedAt: number;
}

/** A hello that the address answers with a chain. */
interface Answered {
  readonly offer: Offer;
  readonly breadth: Breadth;
  /** The leaf's key, for people; null if the chain can't be decoded. */
  readonly key: string | null;
}

/** Rejects only with the signal's reason if it is aborted. */
export async function observeAddress(
  address: string,
  keyTypes: readonly KeyType[],
  probing: Probing,
): Promise<Observation[]> {
  const { clock } = probing;
  const asked = await Promise.all(
    keyTypes.map(async (keyType): Promise<Tried> => {
      const trial = { address, keyType, startedAt: clock() };
      const outcome = await askPastBreak(trial, await shakeHands(trial, keyType, 'app', probing), probing);
      return { trial, outcome, endedAt: clock() };
    }),
  );
  // The usual case: there is nothing to find out further.
  if (asked.every(({ outcome }) => outcome.failure === null)) return asked.map(observation);
  const { tried, answered, unasked } = await settle(asked, probing);
  const isNoneSeen = tried.every(({ outcome }) => !isAnswered(outcome));
  const observations: Observation[] = [];
  // One after another: the proof for each is in what is answered between its own connections.
  for (const one of tried) observations.push(await told(one, answered, isNoneSeen, probing));
  return unasked === null ? observations : [...observations, observation(unasked)];
}

interface Settled {
  readonly tried: readonly Tried[];
  readonly answered: Answered | null;
  /** A key that was not requested, if it is the only one served. */
  readonly unasked: Tried | null;
}

/** Asks further if no answer could be an answer to an app; an EdDSA key can't. */
async function settle(asked: readonly Tried[], probing: Probing): Promise<Settled> {
  const answered = asked
    .filter(({ outcome }) => isAnswered(outcome))
    .map(({ trial, outcome }) => ({ offer: trial.keyType, breadth: 'app', key: leafKey(outcome) }) as const);
  const [first, ...others] = asked.filter(isRefused);
  if (first === undefined || answered.some(({ offer }) => offer !== 'eddsa')) {
    return { tried: asked, answered: answered[0] ?? null, unasked: null };
  }
  const refused = [first, ...others] as const;
  const { any, outcomes } = await askFurther(refused, probing);
  const endedAt = probing.clock();
  const tried = asked.map((one) => {
    const outcome = outcomes[refused.findIndex(({ trial }) => trial === one.trial)];
    return outcome === undefined ? one : { ...one, outcome, endedAt };
  });
  if (any === null) return { tried, answered: answered[0] ?? null, unasked: null };
  const key = leafKey(any.outcome);
  // Included, so that its finding is reported: no phone connects. Clients that accept it would request it.
  const isUnasked =
    probing.domain.forPhones &&
    keyTypeOf(key) === 'eddsa' &&
    tried.every(({ trial, outcome }) => trial.keyType !== 'eddsa' && !isAnswered(outcome));
  const trial = { ...first.trial, keyType: 'eddsa' } as const;
  return {
    tried,
    answered: { offer: 'any', breadth: any.breadth, key },
    unasked: isUnasked ? { trial, outcome: any.outcome, endedAt } : null,
  };
}

function isRefused(one: Tried): one is Tried & Refused {
  return one.outcome.failure !== null && one.outcome.refused !== null;
}

async function told(
  tried: Tried,
  answered: Answered | null,
  isNoneSeen: boolean,
  probing: Probing,
): Promise<Observation> {
  if (!isRefused(tried) || answered === null) return observation(tried);
  const { trial } = tried;
  const notServed = ({ outcome, endedAt }: Tried & Refused, evidence: Evidence) => ({
    ...{ address: trial.address, keyType: trial.keyType, durationMs: elapsed(trial.startedAt, endedAt) },
    ...{
      failure: keyTypeNotServed(trial.keyType, outcome.failure, isNoneSeen ? answered.key : null),
      evidence,
    },
  });
  if (tried.outcome.refused === 'alert') return notServed(tried, 'alert');
  const found = await askByTurns<Outcome>({
    ask: async () => {
      const again = await shakeHands(trial, trial.keyType, 'app', probing);
      return again.failure !== null && again.refused === 'broken_off' ? null : again;
    },
    confirm: async () => {
      // For any key: one connection. A hello for one kind may take a second try, which would hide a drop.
      const offer = answered.offer === 'eddsa' ? 'eddsa' : 'any';
      const other = await shakeHands(trial, offer, answered.breadth, probing);
      if (keyTypeOf(leafKey(other)) !== trial.keyType) return isAnswered(other);
      return answered.breadth === 'app' ? other : false;
    },
  });
  const endedAt = probing.clock();
  if (found === 'refused') return notServed({ ...tried, endedAt }, 'by_turns');
  const again = { trial, outcome: found ?? tried.outcome, endedAt };
  return found !== null && isRefused(again) ? notServed(again, 'alert') : observation(again);
}

function observation({ trial, outcome, endedAt }: Tried): Observation {
  const { address, keyType, startedAt } = trial;
  const durationMs = elapsed(startedAt, endedAt);
  if (outcome.failure !== null) return { address, keyType, durationMs, failure: outcome.failure };
  const { protocol, negotiated, broken } = outcome.handshake;
  return {
    address,
    keyType,
    durationMs,
    failure: null,
    protocol,
    negotiated,
    broken,
    ...outcome.decoded,
  };
}

const names: Readonly<Record<KeyType, string>> = { ecdsa: 'ECDSA', rsa: 'RSA', eddsa: 'EdDSA' };

/** `served` is the label of the only key served, if no endpoint was seen with it. */
function keyTypeNotServed(keyType: KeyType, { message }: Failure, served: string | null): Failure {
  const what =
    keyTypeOf(served) === 'eddsa'
      ? `only an ${served} key, which no phone accepts, is served at this address`
      : `no ${names[keyType]} key is served at this address`;
  return { code: 'key_type_not_served', message: `${what} (${message})` };
}
