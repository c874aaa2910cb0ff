/** A flight with a few faults by chance: in bytes, in lengths, in records, and in their order. */
import { generator } from '../lab/generator.ts';

type Random = () => number;
type Fault = (bytes: Buffer, random: Random) => Buffer;

export interface Mutated {
  readonly parts: readonly Buffer[];
  /** The lengths in which it arrives. */
  readonly pieces: readonly number[];
}

export function mutate(parts: readonly Buffer[], seed: number): Mutated {
  const random = generator(seed);
  const changed = [...parts];
  for (let count = 1 + below(random, 3); count > 0; count -= 1) {
    const at = below(random, changed.length);
    const fault = faults[below(random, faults.length)];
    if (fault !== undefined) changed[at] = fault(changed[at] ?? Buffer.alloc(0), random);
  }
  const pieces = random() < 0.5 ? [1 << 20] : Array.from({ length: 5 }, () => 1 + below(random, 1500));
  return { parts: changed, pieces };
}

const below = (random: Random, count: number) => Math.floor(random() * count);

/** A range of bytes; short ones are more frequent. */
function range(bytes: Buffer, random: Random): readonly [start: number, end: number] {
  const start = below(random, bytes.length + 1);
  return [start, Math.min(bytes.length, start + below(random, 2 ** below(random, 13)))];
}

const faults: readonly Fault[] = [
  (bytes, random) => altered(bytes, random, (value) => value ^ (1 << below(random, 8))),
  (bytes, random) => altered(bytes, random, () => below(random, 256)),
  (bytes, random) => altered(bytes, random, () => (random() < 0.5 ? 0 : 255)),
  (bytes, random) => {
    const [start, end] = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
  },
  (bytes, random) => {
    const [start, end] = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
  },
  (bytes, random) => {
    const [start, end] = range(bytes, random);
    const noise = Buffer.from(Array.from({ length: end - start }, () => below(random, 256)));
    return Buffer.concat([bytes.subarray(0, start), noise, bytes.subarray(start)]);
  },
  (bytes, random) => bytes.subarray(0, below(random, bytes.length + 1)),
  // A number of two or three bytes that is some other one: lengths are such.
  (bytes, random) => {
    const at = below(random, Math.max(1, bytes.length - 3));
    const copy = Buffer.from(bytes);
    if (copy.length >= 3) copy.writeUIntBE(below(random, 2 ** 16), at, random() < 0.5 ? 2 : 3);
    return copy;
  },
  (bytes, random) => withRecords(bytes, (records) => swap(records, random)),
  (bytes, random) => withRecords(bytes, (records) => records.toSpliced(below(random, records.length), 1)),
  (bytes, random) => withRecords(bytes, (records) => records.flatMap((record) => split(record, random))),
  (bytes, random) =>
    withRecords(bytes, (records) => {
      const extra = records[below(random, records.length)];
      return extra === undefined ? records : records.toSpliced(below(random, records.length + 1), 0, extra);
    }),
  (bytes, random) =>
    withRecords(bytes, (records) => records.toSpliced(below(random, records.length + 1), 0, strange(random))),
];

function altered(bytes: Buffer, random: Random, change: (value: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  // Half of them near the start, where headers and the ServerHello are.
  const at = below(random, random() < 0.5 ? Math.min(200, copy.length) : copy.length);
  if (at < copy.length) copy.writeUInt8(change(copy.readUInt8(at)) & 0xff, at);
  return copy;
}

function withRecords(bytes: Buffer, change: (records: readonly Buffer[]) => readonly Buffer[]): Buffer {
  return Buffer.concat(change(recordsOf(bytes)));
}

/** With their headers; what is none at the end counts as one. */
export function recordsOf(bytes: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 5 <= bytes.length ? at + 5 + bytes.readUInt16BE(at + 3) : bytes.length;
    records.push(bytes.subarray(at, end));
    at = end;
  }
  return records;
}

function swap(records: readonly Buffer[], random: Random): readonly Buffer[] {
  const [one, other] = [below(random, records.length), below(random, records.length)];
  return records.map(
    (record, at) => (at === one ? records[other] : at === other ? records[one] : record) ?? record,
  );
}

/** One record as two, which in the clear says the same. */
function split(record: Buffer, random: Random): readonly Buffer[] {
  if (random() < 0.5 || record.length < 7) return [record];
  const at = 6 + below(random, record.length - 6);
  const piece = (content: Buffer) => {
    const header = Buffer.from(record.subarray(0, 5));
    header.writeUInt16BE(content.length, 3);
    return Buffer.concat([header, content]);
  };
  return [piece(record.subarray(5, at)), piece(record.subarray(at))];
}

/** Alerts, changes of ciphers, and records of types and versions that there are not. */
function strange(random: Random): Buffer {
  const content = random() < 0.5 ? Buffer.of(1) : Buffer.of(1 + below(random, 2), below(random, 121));
  return Buffer.concat([Buffer.of(20 + below(random, 5), 3, below(random, 5), 0, content.length), content]);
}
