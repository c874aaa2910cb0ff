/**
 * Tells a server that refuses a kind of hello by breaking the connection off (Schannel's way) from one that breaks
 * connections off for a reason of its own: overload, a limit, a dead machine behind a balancer.
 */

/**
 * How often in a row the hello in question is sent before each that is known to be answered. So irregular on purpose:
 * a front that drops every second, third … seventh connection, or answers only those, can't look like a refusal.
 */
const turns = [2, 2, 1] as const;

export interface Turns<Answer> {
  /** Sends the hello in question once more; null: broken off again without a word. */
  readonly ask: () => Promise<Answer | null>;
  /** Sends the hello that was answered before; whether it is again. */
  readonly isAnswered: () => Promise<boolean>;
}

/**
 * `refused` if the one was broken off at each turn while the other was answered before, between and after. Else what was
 * answered after all, or null: nothing is known. Call it only after the other hello was answered; it stops at once
 * when it can't become `refused` any more.
 */
export async function askByTurns<Answer>({
  ask,
  isAnswered,
}: Turns<Answer>): Promise<Answer | 'refused' | null> {
  for (const times of turns) {
    const answers = await Promise.all(Array.from({ length: times }, ask));
    const answer = answers.find((one) => one !== null);
    if (answer !== undefined) return answer;
    if (!(await isAnswered())) return null;
  }
  return 'refused';
}
