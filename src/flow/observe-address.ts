/**
 * The endpoints of one address: one for each key type.
 *
 * Each key type is asked for with an app's hello, all at once. If none is answered and some are refused, the server is
 * asked further. A key type that was refused is then `key_type_not_served` if any hello was answered here; if its
 * connection was only broken off, it takes more: the two are asked for by turns.
 */
import type { Evidence, Failure, KeyType, Observation } from '../core/observation.ts';
import { askFurther, type Refused } from './ask-further.ts';
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

/** Rejects with the signal's reason where it is aborted, and for nothing else. */
export async function observeAddress(
  address: string,
  keyTypes: readonly KeyType[],
  probing: Probing,
): Promise<Observation[]> {
  const { clock } = probing;
  const asked = await Promise.all(
    keyTypes.map(async (keyType): Promise<Tried> => {
      const trial = { address, keyType, startedAt: clock() };
      const outcome = await shakeHands(trial, keyType, 'app', probing);
      return { trial, outcome, endedAt: clock() };
    }),
  );
  const { tried, answered } = await settle(asked, probing);
  const isNoneSeen = tried.every(({ outcome }) => !isAnswered(outcome));
  const observations: Observation[] = [];
  // One after another: the next one's proof is in what is answered between its own connections.
  for (const one of tried) observations.push(await told(one, answered, isNoneSeen, probing));
  return observations;
}

/** Asks further if nothing is answered that an app could be answered with: an EdDSA key is none. */
async function settle(
  asked: readonly Tried[],
  probing: Probing,
): Promise<{ tried: readonly Tried[]; answered: Answered | null }> {
  const answered = asked
    .filter(({ outcome }) => isAnswered(outcome))
    .map(({ trial, outcome }) => ({ offer: trial.keyType, breadth: 'app', key: leafKey(outcome) }) as const);
  const [first, ...others] = asked.filter(isRefused);
  if (first === undefined || answered.some(({ offer }) => offer !== 'eddsa')) {
    return { tried: asked, answered: answered[0] ?? null };
  }
  const refused = [first, ...others] as const;
  const { any, outcomes } = await askFurther(refused, probing);
  const endedAt = probing.clock();
  const tried = asked.map((one) => {
    const outcome = outcomes[refused.findIndex(({ trial }) => trial === one.trial)];
    return outcome === undefined ? one : { ...one, outcome, endedAt };
  });
  return {
    tried,
    answered: any ? { offer: 'any', breadth: any.breadth, key: leafKey(any.outcome) } : (answered[0] ?? null),
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
    isAnswered: async () => isAnswered(await shakeHands(trial, answered.offer, answered.breadth, probing)),
  });
  const endedAt = probing.clock();
  if (found === 'refused') return notServed({ ...tried, endedAt }, 'by_turns');
  const again = { trial, outcome: found ?? tried.outcome, endedAt };
  return found !== null && isRefused(again) ? notServed(again, 'alert') : observation(again);
}

function observation({ trial, outcome, endedAt }: Tried): Observation {
  const { address, keyType, startedAt } = trial;
  const endpoint = { address, keyType, durationMs: elapsed(startedAt, endedAt) };
  if (outcome.failure !== null) return { ...endpoint, failure: outcome.failure };
  const { protocol, negotiated, broken } = outcome.handshake;
  return { ...endpoint, failure: null, protocol, negotiated, broken, ...outcome.decoded };
}

const names: Readonly<Record<KeyType, string>> = { ecdsa: 'ECDSA', rsa: 'RSA', eddsa: 'EdDSA' };

/** `served` is the label of the one key that is served, if no endpoint was seen with it. */
function keyTypeNotServed(keyType: KeyType, { message }: Failure, served: string | null): Failure {
  const what =
    keyTypeOf(served) === 'eddsa'
      ? `only an ${served} key is served at this address, which no phone accepts`
      : `no ${names[keyType]} key is served at this address`;
  return { code: 'key_type_not_served', message: `${what} (${message})` };
}
