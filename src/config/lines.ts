import { createReadStream } from 'node:fs';

export interface Line {
  /** Starts at 1. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** The reason why the rest of a file is not read. */
export class UnreadableLine extends Error {
  readonly number: number;

  constructor(number: number, message: string) {
    super(message);
    this.number = number;
  }
}

const newline = 0x0a;

/**
 * A file's lines without their line ends, some at a time, so that even a huge file fills no memory and does not block the
 * event loop. Throws UnreadableLine for a line of more than `longest` bytes, and the system's error if it can't be read.
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
