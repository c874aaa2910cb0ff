import type { Parsed } from '../../core/parsed.ts';
import { DecodeProblem } from './der.ts';

/** Not the password that the bytes were encrypted with, or bytes that OpenSSL can't read: it hardly tells the two apart. */
export class WrongPassword extends Error {
  override readonly name = 'WrongPassword';
}

/** The password of one file, asked for once and only if something needs it. */
export interface Keyring {
  /**
   * What `open` gives with the first password that fits: the empty one, then the one asked for. The order is the other way
   * round if the password is given already. `open` throws WrongPassword for one that doesn't fit. Throws DecodeProblem if
   * neither does.
   */
  unlock<T>(open: (password: string) => T): Promise<T>;
}

/** A password that was asked for, or why there is none. */
export type AskPassword = () => Promise<Parsed<string>>;

/** `isGiven`: no one has to type the password, so it is tried first; with some files an attempt costs seconds. */
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
        `the password is wrong, or OpenSSL ${process.versions.openssl} cannot read what it protects`,
      );
    },
  };
}
