/**
 * Distinguishes a server that refuses a kind of hello by breaking the connection off (as Schannel does) from one
 * that breaks connections off for another reason: overload, a limit, a dead machine behind a load balancer.
 */

/**
 * How often in a row the hello in question is sent before each one that is known to be answered. Irregular on purpose:
 * a front that drops every second, third … seventh connection, or answers only those, can't look like a refusal.
 */
const turns = [2, 2, 1] as const;

export interface Turns<Answer> {
  /** Sends the hello in question again; null: silently broken off again. */
  readonly ask: () => Promise<Answer | null>;
  /** Sends, once, a hello that was answered before. Returns whether it is again, or the requested answer. */
  readonly confirm: () => Promise<Answer | boolean>;
}

/**
 * `refused` if the hello was broken off each time while the other one was answered before, between and after. Otherwise
 * the answer that came after all, or null: unknown. Call it only after the other hello was answered. It stops at once
 * when `refused` is no longer possible.
 */
export async function askByTurns<Answer extends object>({
  ask,
  confirm,
}: Turns<Answer>): Promise<Answer | 'refused' | null> {
  for (const times of turns) {
    const answers = await Promise.all(Array.from({ length: times }, ask));
    const answer = answers.find((one) => one !== null);
    if (answer !== undefined) return answer;
    const confirmed = await confirm();
    if (confirmed !== true) return confirmed || null;
  }
  return 'refused';
}
