import type { Parsed } from '../../core/parsed.ts';
import type { Pin } from '../../core/pin.ts';
import type { PinSourceItem } from '../../core/pin-source.ts';

export interface MadeKey {
  readonly privatePem: string;
  readonly requestPem: string;
  readonly pin: Pin;
  readonly subject: string;
}

/** What a rotation needs from the machine of the admin, where private keys stay. */
export interface ServerKeyPorts {
  /** The keys in a file, which may be encrypted: only their pins. */
  readonly readKeys: (path: string) => Promise<Parsed<readonly PinSourceItem[]>>;
  /** The certificates in a file, as PEM: nothing else of it, so that no private key is sent. */
  readonly readCertificates: (path: string) => Parsed<string>;
  /** `hosts`: names, or IP addresses. */
  readonly newServerKey: (keyType: 'ecdsa' | 'rsa', hosts: readonly string[]) => MadeKey;
  /** Writes a new file; never overwrites one. */
  readonly writeNewFile: (path: string, content: string, mode: number) => Parsed<void>;
}
