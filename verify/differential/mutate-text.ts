/** Faults in the text of a bundle: its lines, its parts, and their base64url. */
import { mutateBytes } from './mutate-bytes.ts';
import type { Random } from './random.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export function mutateText(text: string, random: Random): Buffer {
  const [first = '', second = ''] = text.split('\n');
  switch (random.below(8)) {
    case 0:
      return Buffer.from(text.replaceAll('\n', random.pick(['\r\n', '\r', '\n\n', '\n ', '\u2028', '']))); // no LF
    case 1:
      return Buffer.from(
        random.pick([`${second}\n${first}\n`, `${first}\n`, `${first}\n${first}\n`, text + text]),
      );
    case 2:
      return Buffer.from(
        random.pick([`\ufeff${text}`, ` ${text}`, text.slice(0, -1), `${text}\n`, `${text}x`, `\n${text}`]),
      );
    case 3:
      return Buffer.from(
        withLine(text, random, (parts) => parts.map((part) => part + '='.repeat(random.below(3))).join('.')),
      );
    case 4:
      return Buffer.from(withLine(text, random, (parts) => shuffled(parts, random).join('.')));
    case 5:
      return Buffer.from(
        withLine(text, random, (parts) => parts.map((part) => otherBits(part, random)).join('.')),
      );
    default:
      return mutateBytes(Buffer.from(text), random);
  }
}

function withLine(text: string, random: Random, change: (parts: string[]) => string): string {
  const lines = text.split('\n');
  const at = random.below(2);
  lines[at] = change((lines[at] ?? '').split('.'));
  return lines.join('\n');
}

function shuffled(parts: string[], random: Random): string[] {
  return random.pick([
    [...parts, ''],
    [...parts, 'AA'],
    parts.slice(1),
    parts.slice(0, 2),
    [...parts].reverse(),
    ['', ...parts.slice(1)],
  ]);
}

/** Another last letter that stands for the same bytes to a lenient reader. */
function otherBits(part: string, random: Random): string {
  const value = alphabet.indexOf(part.slice(-1));
  const unused = [0, 0, 15, 3][part.length % 4] ?? 0;
  return part.slice(0, -1) + (alphabet[(value & ~unused) | random.below(unused + 1)] ?? '');
}
