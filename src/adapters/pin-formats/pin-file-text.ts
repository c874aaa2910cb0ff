import { type Parsed, parsed, refused } from '../../core/parsed.ts';

/** The text of a file in UTF-8. A binary property list comes through as it is: the reader of texts says what to do. */
export function pinFileText(file: Uint8Array): Parsed<string> {
  if (startsWith(file, [0xff, 0xfe]) || startsWith(file, [0xfe, 0xff]))
    return refused('expected UTF-8, found UTF-16: save it as UTF-8');
  if (startsWith(file, [...Buffer.from('bplist')])) return parsed('bplist');
  try {
    return parsed(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file));
  } catch {
    return refused('expected text in UTF-8, found other bytes');
  }
}

function startsWith(file: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => file[index] === byte);
}
