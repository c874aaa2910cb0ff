/**
 * Whether each step of an incident is told in one mail, and a Message-ID stands for one content: mail clients drop a second copy,
 * with what is new in it. What a loss of the store explains is not counted; that it has lost something is known only later.
 */
import type { Transition } from '../src/core/incident.ts';

type Step = Pick<Transition, 'incident' | 'transition' | 'domain' | 'kind'>;

export interface ToldOnce {
  /** Returns what of the mail was not in an earlier one with the same Message-ID; null: there was none. */
  mail<T extends Step>(
    messageId: string,
    steps: readonly T[],
  ): { readonly fresh: readonly T[]; readonly isCopy: boolean };
  storeLost(): void;
  /** What is wrong, and no loss of the store explains, since the last call; each with the moment. */
  judge(): string[];
}

interface Suspect {
  readonly text: string;
  /** Of the store, before it was told for the first time. */
  readonly losses: number;
}

export function createToldOnce(): ToldOnce {
  const mails = new Map<string, { readonly keys: ReadonlySet<string>; readonly losses: number }>();
  const firstTold = new Map<string, number>();
  let suspects: Suspect[] = [];
  let storeLosses = 0;

  const suspect = (what: string, losses: number) =>
    suspects.push({ text: `${new Date().toISOString()} ${what}`, losses });

  return {
    mail(messageId, steps) {
      const before = mails.get(messageId);
      const keys = new Set(steps.map(keyOf));
      if (before === undefined) mails.set(messageId, { keys, losses: storeLosses });
      else if (textOf(before.keys) !== textOf(keys))
        suspect(`${messageId}: told ${textOf(before.keys)}, and then ${textOf(keys)}`, before.losses);
      const fresh = steps.filter((step) => before?.keys.has(keyOf(step)) !== true);
      for (const step of fresh) {
        const losses = firstTold.get(keyOf(step));
        if (losses === undefined) firstTold.set(keyOf(step), storeLosses);
        else if (isOnce(step))
          suspect(
            `${step.transition} ${step.domain} ${step.kind} (incident ${step.incident}): told in two mails`,
            losses,
          );
      }
      return { fresh, isCopy: before !== undefined };
    },
    storeLost() {
      storeLosses += 1;
    },
    judge() {
      const wrong = suspects.filter(({ losses }) => losses === storeLosses).map(({ text }) => text);
      suspects = [];
      return wrong;
    },
  };
}

const keyOf = ({ incident, transition }: Step) => `${transition} ${incident}`;
const isOnce = ({ transition }: Step) => transition === 'opened' || transition === 'closed';
const textOf = (keys: ReadonlySet<string>) => `"${[...keys].sort().join(', ')}"`;
