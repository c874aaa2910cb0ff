import type { Remark } from '../../flow/pin-formats.ts';

/** A file that is wrong throughout is told about once, not at each of its lines. */
const mostRemarks = 50;

/** Where something is, as an offset in the text (UTF-16 code units). */
export type Offset = number;

/** What a reader has to say about a text: problems refuse it, warnings don't. Knows the line of each offset. */
export class Remarks {
  private readonly lineStarts: number[] = [0];
  private readonly found = { problem: [] as [Offset, string][], warning: [] as [Offset, string][] };

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1))
      this.lineStarts.push(at + 1);
  }

  /** Throws Unreadable after too many. */
  problem(at: Offset, message: string): void {
    if (this.found.problem.length >= mostRemarks)
      throw new Unreadable(at, 'there are more problems from here on');
    this.found.problem.push([at, message]);
  }

  /** A message that takes time to write is made only if it is kept. */
  warn(at: Offset, message: string | (() => string)): void {
    if (this.found.warning.length < mostRemarks)
      this.found.warning.push([at, typeof message === 'string' ? message : message()]);
  }

  /** The problem that ended the reading. */
  end({ at, message }: Unreadable): void {
    this.found.problem.push([at, message]);
  }

  get isRefused(): boolean {
    return this.found.problem.length > 0;
  }

  get problems(): Remark[] {
    return this.inOrder('problem');
  }

  get warnings(): Remark[] {
    return this.inOrder('warning');
  }

  /** Of an offset. Lines and columns count from 1. */
  place(at: Offset): { readonly line: number; readonly column: number } {
    let [low, high] = [0, this.lineStarts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.lineStarts[middle] as number) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: at - (this.lineStarts[low] as number) + 1 };
  }

  private inOrder(kind: 'problem' | 'warning'): Remark[] {
    return this.found[kind]
      .toSorted(([a], [b]) => a - b)
      .map(([at, message]) => ({ ...this.place(at), message }));
  }
}

/** Thrown by a reader that can't go on. */
export class Unreadable extends Error {
  readonly at: Offset;
  constructor(at: Offset, message: string) {
    super(message);
    this.at = at;
  }
}
