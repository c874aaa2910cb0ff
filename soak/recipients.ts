/**
 * Whether each contact and each channel of an account is told each step of an incident, once, and no end before its beginning. What a
 * loss of the store explains is not counted; that it has lost something is known only later.
 */
import type { Transition } from '../src/core/incident.ts';
import { createToldOnce, type ToldOnce } from './told-once.ts';

export type Step = Pick<Transition, 'incident' | 'transition' | 'domain' | 'kind'>;

export interface Recipients {
  /** `id`: of the mail, or of the notices that a channel gets; a repeat has the same. */
  told(recipient: string, account: string, id: string, steps: readonly Step[]): void;
  storeLost(): void;
  /** What was told twice or in the wrong order since the last call; each with the moment. */
  judge(): string[];
  /** What some were told and others were not, now that nothing is owed. */
  missed(): string[];
}

interface Incident {
  readonly account: string;
  readonly what: string;
  /** Of the store, before it was told for the first time. */
  readonly losses: number;
  readonly told: { readonly opened: Set<string>; readonly closed: Set<string> };
}

/** `isCompared`: what this one is told is compared with what clients met, which finds more; here it only counts as told. */
export function createRecipients(
  recipientsOf: (account: string) => readonly string[],
  isCompared: (recipient: string) => boolean = () => false,
): Recipients {
  const once = new Map<string, ToldOnce>();
  const incidents = new Map<string, Incident>();
  let suspects: { readonly text: string; readonly losses: number }[] = [];
  let storeLosses = 0;
  const now = () => new Date().toISOString();

  function onceOf(recipient: string): ToldOnce {
    const found = once.get(recipient) ?? createToldOnce();
    once.set(recipient, found);
    return found;
  }

  function toldStep(recipient: string, account: string, { incident, transition, domain, kind }: Step): void {
    if (transition !== 'opened' && transition !== 'closed') return;
    const known = incidents.get(incident) ?? {
      ...{ account, what: `${domain} ${kind} (incident ${incident})`, losses: storeLosses },
      told: { opened: new Set<string>(), closed: new Set<string>() },
    };
    incidents.set(incident, known);
    known.told[transition].add(recipient);
    if (transition === 'closed' && !isCompared(recipient) && !known.told.opened.has(recipient)) {
      suspects.push({
        text: `${now()} closed ${known.what}: ${recipient} was not told before that it opened`,
        losses: known.losses,
      });
    }
  }

  return {
    told(recipient, account, id, steps) {
      const { fresh } = onceOf(recipient).mail(id, steps);
      // One notice may tell both: it lists what is worst first.
      for (const step of fresh.toSorted((a, b) => isEnd(a) - isEnd(b))) toldStep(recipient, account, step);
    },
    storeLost() {
      storeLosses += 1;
      for (const one of once.values()) one.storeLost();
    },
    judge() {
      const order = suspects.filter(({ losses }) => losses === storeLosses).map(({ text }) => text);
      suspects = [];
      const twice = [...once].flatMap(([recipient, one]) => {
        const texts = one.judge();
        return isCompared(recipient) ? [] : texts.map((text) => `${text}, to ${recipient}`);
      });
      return [...order, ...twice];
    },
    missed() {
      return [...incidents.values()]
        .filter(({ losses }) => losses === storeLosses)
        .flatMap(({ account, what, told }) =>
          (['opened', 'closed'] as const).flatMap((step) =>
            told[step].size === 0
              ? []
              : recipientsOf(account)
                  .filter((one) => !told[step].has(one))
                  .map((one) => `${now()} ${step} ${what}: not told to ${one}`),
          ),
        );
    },
  };
}

const isEnd = ({ transition }: Step) => (transition === 'closed' ? 1 : 0);
