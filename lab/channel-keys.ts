/** The keys of a channel: a root, signing keys, and key statements. */
import { randomBytes, webcrypto } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKeySigner } from '../src/adapters/signing/key-signer.ts';
import { readPrivateKey } from '../src/adapters/signing/key-text.ts';
import { newSigningKey } from '../src/adapters/signing/new-key.ts';
import { channelOf } from '../src/core/channel.ts';
import { certify } from '../src/flow/sign/certify.ts';
import type { Signer } from '../src/flow/sign/signer.ts';
import { toBase64 } from '../verify/typescript/src/base64url.ts';
import { type Held, type Verification, verifyBundle } from '../verify/typescript/src/bundle.ts';

const { subtle } = webcrypto;

export interface TestKey {
  readonly pem: string;
  readonly signer: Signer;
  readonly point: Uint8Array;
}

export function createKey(name = 'a test key'): TestKey {
  const { privatePem: pem } = newSigningKey();
  const read = readPrivateKey(pem);
  if (!read.ok) throw new Error(read.problem);
  return { pem, signer: createKeySigner(name, read.value), point: read.value.point };
}

export interface ChannelKeys {
  readonly channel: string;
  /** As the API takes them. */
  readonly roots: readonly string[];
  /** The same, as 65-byte points. */
  readonly points: readonly Uint8Array[];
  readonly signing: TestKey;
  /** The line of a key statement. */
  statement(generation?: number, keys?: readonly TestKey[], root?: TestKey): Promise<string>;
  /** Puts a key where the service looks for it. */
  install(folder: string, account: string, key?: TestKey): void;
  /** What an app makes of a text. */
  verify(text: string, held?: Held | null): Promise<Verification>;
}

export function createChannelKeys(channel = channelOf(randomBytes(26))): ChannelKeys {
  const root = createKey('the root');
  const signing = createKey();
  return {
    channel,
    roots: [toBase64(root.point)],
    points: [root.point],
    signing,
    statement: (generation = 1, keys = [signing], by = root) =>
      certify(
        { audience: channel, generation, issuedAt: 1_795_000_000, keys: keys.map(({ point }) => point) },
        by.signer,
        subtle,
      ),
    install(folder, account, key = signing) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `${account}.pem`), key.pem, { mode: 0o600 });
    },
    verify: (text, held = null) =>
      verifyBundle(Buffer.from(text, 'latin1'), { roots: [root.point], audience: channel }, held, subtle),
  };
}
