import { createReadStream } from 'node:fs';

export interface Line {
  /** From 1 on. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** Why the rest of a file is not read. */
export class UnreadableLine extends Error {
  readonly number: number;

  constructor(number: number, message: string) {
    super(message);
    this.number = number;
  }
}

const newline = 0x0a;

/**
 * A file's lines without their ends, some at a time, so that no file of any length is in memory or holds the event loop up.
 * Throws UnreadableLine for one of more than `longest` bytes, and what the system says if the file can't be read.
 */
export async function* readLines(path: string, longest: number): AsyncGenerator<readonly Line[]> {
  let rest: Buffer = Buffer.alloc(0);
  let number = 1;
  for await (const chunk of createReadStream(path, { highWaterMark: 64 * 1024 }) as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const lines: Line[] = [];
    let start = 0;
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
      if (end - start > longest) break;
      lines.push({ number, bytes: bytes.subarray(start, end) });
      number += 1;
      start = end + 1;
    }
    rest = bytes.subarray(start);
    yield lines;
    if (rest.length > longest) {
      throw new UnreadableLine(number, `expected at most ${longest / 1024} KB in a line, found more`);
    }
  }
  if (rest.length > 0) yield [{ number, bytes: rest }];
}
