import type { Subtle } from '../../../verify/typescript/src/web-crypto.ts';
import type { PublishSettings } from '../../config/config.ts';
import type { Parsed } from '../../core/parsed.ts';
import type { Signer } from '../../flow/sign/signer.ts';

export interface NewKeyText {
  readonly privatePem: string;
  readonly publicPem: string;
}

/** What `pinwatch key` and `pinwatch config` need from the machine. */
export interface SignedPorts {
  /** Reads a file of at most 1 MB. */
  readonly readFile: (path: string) => Parsed<Uint8Array>;
  /** Reads a private key; refuses a file that others may read. */
  readonly readPrivateFile: (path: string) => Parsed<string>;
  /** Writes a new file; never overwrites one. */
  readonly writeNewFile: (path: string, content: string | Uint8Array, mode: number) => Parsed<void>;
  /** Writes a key with mode 0600, all or nothing. Replaces an existing one only with `replace`. */
  readonly installFile: (path: string, content: string, replace: boolean) => Parsed<void>;
  readonly isEncrypted: (pem: string) => boolean;
  /** The 65-byte point. */
  readonly readPublicKey: (pem: string) => Parsed<Uint8Array>;
  readonly openKey: (name: string, pem: string, passphrase?: string) => Parsed<Signer>;
  readonly commandSigner: (command: readonly string[], account: string) => Signer;
  readonly newRootKey: (passphrase: string) => NewKeyText;
  readonly newSigningKey: () => NewKeyText;
  readonly newChannel: () => string;
  /** Reads at most 4 KB of standard input. */
  readonly readStandardInput: () => Promise<Parsed<Uint8Array>>;
  /** Reads a line from the terminal without echo; null if there is no terminal. */
  readonly readHidden: (prompt: string) => Promise<string | null>;
  /** `publish` of a configuration file. Rejects with UsageError. */
  readonly publish: (
    file: string | undefined,
  ) => Promise<Pick<PublishSettings, 'keyDir' | 'signer'> & { readonly file: string }>;
  readonly subtle: Subtle;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}
