import { isOfAccount, isOfDomain } from '../../core/notice.ts';
import type { Letter } from '../../flow/mailer.ts';
import { accountStandings, accountSubject } from './account-words.ts';
import { rankOf } from './config-words.ts';
import { headersOf } from './headers.ts';
import type { Installation } from './installation.ts';
import { jsonLimit, machinePart } from './machine-part.ts';
import { standings } from './one-state.ts';
import { readableParts } from './readable-parts.ts';
import { subject } from './subject.ts';

export interface RenderedLetter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly json: string;
  /** Besides From, To, Subject and MIME: safe to set as they are. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface RenderOptions extends Installation {
  /** Bytes of the JSON part. */
  readonly jsonLimit?: number;
}

/** A letter's content, a function of its arguments alone. Throws if the letter has no transitions. */
export function renderLetter(letter: Letter, options: RenderOptions): RenderedLetter {
  const { account, transitions } = letter;
  // Times are shown in whole seconds: ages counted from fractions would contradict them.
  const sentAt = Math.floor(letter.sentAt / 1_000) * 1_000;
  const sorted = standings(transitions.filter(isOfDomain));
  const configs = accountStandings(transitions.filter(isOfAccount));
  const all = [...sorted, ...configs];
  if (all.length === 0) throw new RangeError(`letter ${letter.id}: expected at least one transition`);
  const title =
    rankOf(configs[0]) < rankOf(sorted[0])
      ? accountSubject(account, configs, sorted, sentAt)
      : subject(account, sorted, sentAt, configs);
  return {
    subject: title,
    ...readableParts({ ...letter, sentAt }, sorted, configs, title, options),
    json: machinePart(account, transitions, options.jsonLimit ?? jsonLimit),
    headers: headersOf(letter, all, options),
  };
}
