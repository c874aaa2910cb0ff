import type { Parsed } from '../../core/parsed.ts';
import { DecodeProblem } from './der.ts';
import { createBudget, type Password, type Spend, WrongPassword } from './key-derivation.ts';

/** The password of one file, asked for once and only where something needs it, and the time that trying may take. */
export interface Keyring {
  readonly spend: Spend;
  /**
   * What `attempt` gives with the first password that fits: the empty one, none, then the one asked for, which comes
   * first if nobody has to type it. `attempt` throws WrongPassword for one that doesn't. Throws DecodeProblem where none
   * fits.
   */
  unlock<T>(attempt: (password: Password) => Promise<T>): Promise<T>;
}

/** A password that was asked for, or why there is none. */
export type AskPassword = () => Promise<Parsed<string>>;

/** `isGiven`: nobody has to type the password, so that it is tried first; the others cost seconds with some files. */
export function createKeyring(ask: AskPassword, isGiven: boolean): Keyring {
  let asked: Promise<Parsed<string>> | undefined;
  const fromOutside = async (): Promise<Password> => {
    asked ??= ask();
    const given = await asked;
    if (!given.ok) throw new DecodeProblem(given.problem);
    return given.value;
  };
  const none = [async () => '', async () => null];
  const candidates = isGiven ? [fromOutside, ...none] : [...none, fromOutside];
  return {
    spend: createBudget(),
    async unlock(attempt) {
      for (const candidate of candidates) {
        const password = await candidate();
        try {
          return await attempt(password);
        } catch (error) {
          if (!(error instanceof WrongPassword)) throw error;
        }
      }
      throw new DecodeProblem('the password is wrong, or what it protects is damaged');
    },
  };
}
