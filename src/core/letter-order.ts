/**
 * The order of letters to one destination. A letter can be late: the process that sent it was killed, or one of its recipients
 * could not be reached. Whoever gets the end of an incident first, and its beginning later, believes that it is open.
 */
import { isAwaited, type LetterState, owedTo } from './addressee.ts';
import { isOfDomain, isOfWatch, type Notice } from './notice.ts';

/** A letter that is not delivered to everyone yet, with its content. */
export interface WaitingLetter<Letter extends LetterState> {
  readonly letter: Letter;
  readonly transitions: readonly Notice[];
}

/** Who gets them: people, or a program that follows each incident by its id. */
export type Reader = 'people' | 'program';

/** What a letter tells, by when it may be told. */
export interface Order<Letter extends LetterState> {
  /** The other letters that tell the beginning of what ends in `later`. */
  readonly before: readonly WaitingLetter<Letter>[];
  readonly urgent: readonly Notice[];
  readonly later: readonly Notice[];
}

/**
 * The age of the other letters does not count: clocks differ, and a letter that nobody has received takes in what is newer than
 * the letters after it.
 */
export function orderOf<Letter extends LetterState>(
  transitions: readonly Notice[],
  others: readonly WaitingLetter<Letter>[],
  reader: Reader,
): Order<Letter> {
  const later = new Set(waitingEnds(transitions, others, reader));
  const ended = new Set([...later].map(({ incident }) => incident));
  return {
    before: others.filter((one) =>
      one.transitions.some((notice) => !isEnd(notice) && ended.has(notice.incident)),
    ),
    urgent: transitions.filter((one) => !later.has(one)),
    later: [...later],
  };
}

/** The contacts that get `letter` only after one of these. */
export function heldBack(
  letter: LetterState,
  others: readonly LetterState[],
  contacts: readonly string[],
): string[] {
  return owedTo(letter, contacts).filter((contact) => others.some((one) => isAwaited(one, contact)));
}

/**
 * An end does not wait if the same has begun again: it would come after that, and the last that people read would be that all is
 * well. A program that follows each incident has both, and would keep the old one open for ever.
 */
function waitingEnds(
  transitions: readonly Notice[],
  others: readonly WaitingLetter<LetterState>[],
  reader: Reader,
): Notice[] {
  const ends = transitions.filter(isEnd);
  if (ends.length === 0) return ends;
  const elsewhere = others.flatMap((one) => one.transitions).filter((notice) => !isEnd(notice));
  const begun = new Set(elsewhere.map(({ incident }) => incident));
  const waiting = ends.filter(({ incident }) => begun.has(incident));
  if (waiting.length === 0 || reader === 'program') return waiting;
  const latest = new Map<string, Notice>();
  for (const notice of [...elsewhere, ...transitions.filter((one) => !isEnd(one))]) {
    const before = latest.get(subjectOf(notice));
    if (before === undefined || timeOf(notice) > timeOf(before)) latest.set(subjectOf(notice), notice);
  }
  return waiting.filter((end) => {
    const last = latest.get(subjectOf(end));
    return last === undefined || last.incident === end.incident || timeOf(last) < timeOf(end);
  });
}

/** What has one incident of a kind at a time. */
function subjectOf(notice: Notice): string {
  const of = isOfDomain(notice) ? notice.domain : isOfWatch(notice) ? (notice.blind.region ?? '') : '';
  return `${notice.kind} ${of}`;
}

function timeOf({ at }: Notice): number {
  return Date.parse(at);
}

function isEnd({ transition }: Notice): boolean {
  return transition === 'closed';
}
