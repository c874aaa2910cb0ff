/**
 * Finds out what an address answers that answers no app's hello for a single kind of key. An app's hello for any kind
 * comes first, since some servers need signature schemes of both kinds for their chain. Then a wide one.
 */
import { isBeyondPhones, noAppOffers } from '../core/app-hello.ts';
import type { Failure } from '../core/observation.ts';
import type { Breadth } from './handshaker.ts';
import {
  type Answer,
  isAnswered,
  keyTypeOf,
  leafKey,
  type NoAnswer,
  type Outcome,
  type Probing,
  shakeHands,
  type Trial,
} from './shake-hands.ts';

/** An endpoint with an offer that was refused. */
export interface Refused {
  readonly trial: Trial;
  readonly outcome: NoAnswer;
}

export interface Further {
  /** The hello for any kind of key that was answered, and its answer; null: none. */
  readonly any: { readonly breadth: Breadth; readonly outcome: Outcome } | null;
  /** The outcome of each endpoint, in their order. */
  readonly outcomes: readonly Outcome[];
}

export async function askFurther(
  refused: readonly [Refused, ...Refused[]],
  probing: Probing,
): Promise<Further> {
  const [{ trial }] = refused;
  const nothing = { any: null, outcomes: refused.map(({ outcome }) => outcome) };
  const app = await shakeHands(trial, 'any', 'app', probing);
  if (isAnswered(app)) {
    const outcomes = refused.map((one) => (isOf(one.trial, app) ? app : one.outcome));
    return { any: { breadth: 'app', outcome: app }, outcomes };
  }
  if (app.failure === null || app.refused === null) return nothing;
  const wide = await shakeHands(trial, 'any', 'wide', probing);
  if (!isAnswered(wide)) return nothing;
  const outcomes = await Promise.all(refused.map((one) => askWidely(one, wide, probing)));
  return { any: { breadth: 'wide', outcome: wide }, outcomes };
}

function isOf({ keyType }: Trial, outcome: Outcome): boolean {
  return keyTypeOf(leafKey(outcome)) === keyType;
}

/**
 * Some servers (Java's) show a chain before they find that they can't use its key with what was offered, and break off.
 * If no phone could use the key, a wide hello shows how other apps fare.
 */
export async function askPastBreak(trial: Trial, outcome: Outcome, probing: Probing): Promise<Outcome> {
  if (outcome.failure !== null || outcome.handshake.broken?.code !== 'tls_alert') return outcome;
  const isForNoPhone = isBeyondPhones(leafKey(outcome) ?? '', outcome.handshake.negotiated);
  if (!isForNoPhone || !isOf(trial, outcome)) return outcome;
  const wide = await shakeHands(trial, trial.keyType, 'wide', probing);
  if (wide.failure !== null || wide.handshake.broken !== null) return outcome;
  return noAppOffers(wide.handshake.negotiated.suite) ? outcome : wide;
}

/** The answer to a wide hello for this kind of key, and how an app fares with it. */
async function askWidely({ trial, outcome }: Refused, any: Outcome, probing: Probing): Promise<Outcome> {
  const wide = isOf(trial, any) ? any : await shakeHands(trial, trial.keyType, 'wide', probing);
  if (wide.failure !== null) return isAnswered(wide) ? wide : outcome;
  const { suite } = wide.handshake.negotiated;
  const isForNoApp = noAppOffers(suite);
  const isForNoPhone = isBeyondPhones(leafKey(wide) ?? '', wide.handshake.negotiated);
  // A server that prefers what no app offers may accept other things too. If it did not deny that, or if
  // nothing here would keep an app away, an app's hello gets another chance.
  const isExplained = outcome.refused === 'alert' && (isForNoApp || isForNoPhone);
  const app = isExplained ? outcome : await shakeHands(trial, trial.keyType, 'app', probing);
  if (app.failure === null) return app;
  if (app.refused !== 'alert') return broken(wide, app.failure);
  const { code, message } = app.failure;
  if (isForNoApp) {
    return broken(wide, {
      code,
      message: `the server accepts only ${suite}, which no app offers (${message})`,
    });
  }
  if (isForNoPhone) return wide;
  return broken(wide, { code, message: `the server answers only a hello that no app sends (${message})` });
}

function broken(answer: Answer, failure: Failure): Answer {
  const { handshake } = answer;
  return { ...answer, handshake: { ...handshake, broken: handshake.broken ?? failure } };
}
