/** curl's `--pinnedpubkey`, or `pinnedpubkey` in a configuration file. */
import type { Pin } from '../../../core/pin.ts';
import { parsePin } from '../../../core/pin.ts';
import { quote } from '../../../core/quote.ts';
import type { PinReader } from '../pin-reader.ts';
import { type Remarks, Unreadable } from '../remarks.ts';
import { givenHost } from './given-host.ts';

const prefix = 'sha256//';

export const curl: PinReader = {
  format: 'curl',
  about: {
    title: 'curl --pinnedpubkey',
    input: "`--pinnedpubkey 'sha256//…;sha256//…'`, or its value; `--host`",
    meaning: [
      "the leaf's key alone",
      'any of the hashes; a hash that is not one matches no key',
      'no date: pins hold until the command is changed',
    ],
    refused: [
      'a file name instead of hashes',
      'what is no SHA-256 hash: curl takes it, and no key ever matches it',
    ],
    source: 'curl/curl, lib/vtls/vtls.c, Curl_pin_peer_pubkey; curl 7.88.1, run',
  },
  recognizes: (text) => text.includes(prefix) || /\bpinnedpubkey\b/i.test(text),
  read: (text, options, remarks) => {
    const name = givenHost(options, 'the option of curl');
    const pins = pinsOf(text, remarks);
    const list = { at: 'leaf', anyOf: [...new Set(pins)] } as const;
    const rule = { pattern: { kind: 'exact', name }, allOf: [list], enforce: true } as const;
    return [{ resolution: 'union', trust: 'platform', rules: [rule] }];
  },
};

function pinsOf(text: string, remarks: Remarks): Pin[] {
  const start = text.indexOf(prefix);
  if (start === -1)
    throw new Unreadable(0, `expected sha256// and a hash, found none; a file with a key is not read`);
  const end = start + (/^[^\s'"]*/.exec(text.slice(start))?.[0].length ?? 0);
  const again = text.indexOf(prefix, end);
  if (again !== -1)
    throw new Unreadable(again, 'this is a second option: leave the one that is for the host');
  const pins: Pin[] = [];
  // As curl takes it apart: what comes between is part of a hash.
  let at = start + prefix.length;
  for (const part of text.slice(at, end).split(`;${prefix}`)) {
    const pin = parsePin(part);
    if (pin.ok && pin.value === `sha256/${part}`) pins.push(pin.value);
    else {
      remarks.problem(
        at,
        `expected 44 base64 characters, found ${quote(part)}: curl takes it, and no key ever matches it`,
      );
    }
    at += part.length + prefix.length + 1;
  }
  return pins;
}
