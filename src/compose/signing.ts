/** The part of the composition root that makes and uses keys, without service, Redis or network. */
import { randomBytes, webcrypto } from 'node:crypto';
import { createCommandSigner } from '../adapters/signing/command-signer.ts';
import { installFile, readPrivateFile, writeNewFile } from '../adapters/signing/key-files.ts';
import { createKeySigner } from '../adapters/signing/key-signer.ts';
import { isEncrypted, readPrivateKey, readPublicKey } from '../adapters/signing/key-text.ts';
import { newRootKey, newSigningKey } from '../adapters/signing/new-key.ts';
import { readHidden } from '../adapters/terminal/hidden-input.ts';
import { readStandardInput } from '../adapters/terminal/standard-input.ts';
import type { SignedPorts } from '../cli/signed/ports.ts';
import { channelOf } from '../core/channel.ts';
import { type Parsed, parsed } from '../core/parsed.ts';

const mostFileBytes = 1 << 20;
const mostPassphraseBytes = 4_096;

export function composeSigning(
  readFile: (path: string, mostBytes?: number) => Parsed<Uint8Array>,
  publish: SignedPorts['publish'],
): SignedPorts {
  return {
    readFile: (path) => readFile(path, mostFileBytes),
    readPrivateFile,
    writeNewFile,
    installFile,
    isEncrypted,
    readPublicKey,
    openKey: (name, pem, passphrase) => {
      const key = readPrivateKey(pem, passphrase);
      return key.ok ? parsed(createKeySigner(name, key.value)) : key;
    },
    commandSigner: createCommandSigner,
    newRootKey,
    newSigningKey,
    newChannel: () => channelOf(randomBytes(26)),
    readStandardInput: () => readStandardInput(mostPassphraseBytes),
    readHidden,
    publish,
    subtle: webcrypto.subtle,
    clock: () => Date.now(),
  };
}
