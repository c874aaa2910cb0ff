import type { PinFormat } from '../../core/pin-format.ts';
import { mostHashes, mostImportedBytes, mostRules } from '../../core/pin-set.ts';
import type { ReadOptions, ReadPins, ReadPinText, ReadRules } from '../../flow/pin-formats.ts';
import type { PinReader } from './pin-reader.ts';
import { pinReaders } from './registry.ts';
import { Remarks, Unreadable } from './remarks.ts';

/** Reads the text of any format that apps ship their pins in; the format is told by the content, or given. */
export const readPins: ReadPins = (text, options) => {
  if (Buffer.byteLength(text) > mostImportedBytes) return refusedAtStart(null, 'expected at most 1 MiB');
  if (text.startsWith('bplist')) {
    return refusedAtStart(
      null,
      'this is a binary property list: convert it with "plutil -convert xml1 -o - FILE"',
    );
  }
  if (text.trim() === '') return refusedAtStart(options.format ?? null, 'expected pins, found an empty text');
  const chosen = options.format === undefined ? detected(text) : readerOf(options.format);
  return typeof chosen === 'string'
    ? refusedAtStart(options.format ?? null, chosen)
    : readWith(chosen, text, options);
};

function readWith({ format, read }: PinReader, text: string, options: ReadOptions): ReadPinText {
  const remarks = new Remarks(text);
  let sets: readonly ReadRules[] = [];
  try {
    sets = read(text, options, remarks);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    remarks.end(error);
  }
  if (!remarks.isRefused) checkSizes(sets, remarks);
  return remarks.isRefused
    ? { ok: false, format, problems: remarks.problems }
    : { ok: true, format, sets, warnings: remarks.warnings };
}

function checkSizes(sets: readonly ReadRules[], remarks: Remarks): void {
  for (const { rules } of sets) {
    if (rules.length > mostRules)
      remarks.problem(0, `expected at most ${mostRules} hosts, found ${rules.length}`);
    const lists = rules.flatMap(({ allOf }) => allOf);
    const longest = lists.reduce((most, { anyOf }) => Math.max(most, anyOf.length), 0);
    if (longest > mostHashes)
      remarks.problem(0, `expected at most ${mostHashes} pins for a host, found ${longest}`);
  }
}

function readerOf(format: PinFormat): PinReader | string {
  return pinReaders.find((reader) => reader.format === format) ?? `${format} can be exported, but not read`;
}

/** The one reader that recognizes the text, else why there is none. */
function detected(text: string): PinReader | string {
  const found = pinReaders.filter(({ recognizes }) => recognizes(text));
  const [first, second] = found;
  if (first === undefined) {
    const known = pinReaders.map(({ about, format }) => `${about.title} (${format})`);
    return `this is none of the formats that can be read: ${known.join(', ')}`;
  }
  if (second === undefined) return first;
  const names = found.map(({ format }) => format).join(' and ');
  return `this has pins for ${names}, and each is enforced by itself: read it once for each, and name the format`;
}

function refusedAtStart(format: PinFormat | null, message: string): ReadPinText {
  return { ok: false, format, problems: [{ line: 1, column: 1, message }] };
}
