import type { Subtle } from '../../../verify/typescript/src/web-crypto.ts';
import type { PublishSettings } from '../../config/config.ts';
import type { Parsed } from '../../core/parsed.ts';
import type { Signer } from '../../flow/sign/signer.ts';

export interface NewKeyText {
  readonly privatePem: string;
  readonly publicPem: string;
}

/** What `pinwatch key` and `pinwatch config` need of the machine. */
export interface SignedPorts {
  /** Any file, of at most 1 MB. */
  readonly readFile: (path: string) => Parsed<Uint8Array>;
  /** A key, which only its owner may read. */
  readonly readPrivateFile: (path: string) => Parsed<string>;
  /** A new file; an existing one is never overwritten. */
  readonly writeNewFile: (path: string, content: string | Uint8Array, mode: number) => Parsed<void>;
  /** A key with mode 0600, all or nothing; `replace`: an existing one may go. */
  readonly installFile: (path: string, content: string, replace: boolean) => Parsed<void>;
  readonly isEncrypted: (pem: string) => boolean;
  /** The 65-byte point. */
  readonly readPublicKey: (pem: string) => Parsed<Uint8Array>;
  readonly openKey: (name: string, pem: string, passphrase?: string) => Parsed<Signer>;
  readonly commandSigner: (command: readonly string[], account: string) => Signer;
  readonly newRootKey: (passphrase: string) => NewKeyText;
  readonly newSigningKey: () => NewKeyText;
  readonly newChannel: () => string;
  /** Standard input, of at most 4 KB. */
  readonly readStandardInput: () => Promise<Parsed<Uint8Array>>;
  /** Typed on the terminal without echo; null if there is no terminal. */
  readonly readHidden: (prompt: string) => Promise<string | null>;
  /** `publish` of a configuration file. Rejects with UsageError. */
  readonly publish: (
    file: string | undefined,
  ) => Promise<Pick<PublishSettings, 'keyDir' | 'signer'> & { readonly file: string }>;
  readonly subtle: Subtle;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}
