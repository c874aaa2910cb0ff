import type { Parsed } from '../../core/parsed.ts';
import { DecodeProblem } from './der.ts';

/** The password is wrong, or OpenSSL can't read the bytes: it hardly distinguishes the two. */
export class WrongPassword extends Error {
  override readonly name = 'WrongPassword';
}

/** The password of one file, asked for once and only if something needs it. */
export interface Keyring {
  /**
   * The result of `open` with the first password that fits: the empty one, then the one asked for, or in reverse order
   * if the password is already given. `open` throws WrongPassword for a wrong one. Throws DecodeProblem if neither
   * fits.
   */
  unlock<T>(open: (password: string) => T): Promise<T>;
}

/** Asks for the password; gives it, or why there is none. */
export type AskPassword = () => Promise<Parsed<string>>;

/** `isGiven`: the password need not be typed, so it is tried first; with some files an attempt takes seconds. */
export function createKeyring(ask: AskPassword, isGiven: boolean): Keyring {
  let asked: Promise<Parsed<string>> | undefined;
  const fromOutside = async (): Promise<string> => {
    asked ??= ask();
    const given = await asked;
    if (!given.ok) throw new DecodeProblem(given.problem);
    return given.value;
  };
  const empty = async () => '';
  const candidates = isGiven ? [fromOutside, empty] : [empty, fromOutside];
  return {
    async unlock(open) {
      for (const candidate of candidates) {
        const password = await candidate();
        try {
          return open(password);
        } catch (error) {
          if (!(error instanceof WrongPassword)) throw error;
        }
      }
      throw new DecodeProblem(
        `the password is wrong, or OpenSSL ${process.versions.openssl} cannot read the file`,
      );
    },
  };
}
