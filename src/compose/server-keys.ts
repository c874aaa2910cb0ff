/** The part of the composition root for the keys of servers, on the machine of an admin. */
import { writeNewFile } from '../adapters/signing/key-files.ts';
import { readHidden } from '../adapters/terminal/hidden-input.ts';
import { certificatesAsPem } from '../adapters/x509/certificates-in.ts';
import { newServerKey } from '../adapters/x509/new-request.ts';
import { maxSourceBytes, readPinSource } from '../adapters/x509/pin-sources.ts';
import type { ServerKeyPorts } from '../cli/remote/server-keys.ts';
import { type Parsed, parsed, refused } from '../core/parsed.ts';
import { quote } from '../core/quote.ts';

export function composeServerKeys(
  readFile: (path: string, mostBytes?: number) => Parsed<Uint8Array>,
): ServerKeyPorts {
  return {
    async readKeys(path) {
      const file = readFile(path, maxSourceBytes);
      if (!file.ok) return file;
      const askPassword = async () => {
        const password = await readHidden(`Password of ${quote(path)}: `);
        return password === null ? refused('it needs a password, but none was typed') : parsed(password);
      };
      const found = await readPinSource(file.value, askPassword);
      // It may contain private keys.
      file.value.fill(0);
      return found;
    },
    readCertificates: (path) => {
      const file = readFile(path, maxSourceBytes);
      return file.ok ? certificatesAsPem(file.value) : file;
    },
    newServerKey,
    writeNewFile,
  };
}
