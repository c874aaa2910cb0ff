import { Surprise } from './surprise.ts';

/** Reads what TLS calls presentation language (RFC 8446, section 3), in order, and never beyond `end`. */
export class Cursor {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  get isDone(): boolean {
    return this.#at === this.#end;
  }

  /** A number of 1, 2 or 3 bytes. */
  number(bytes: 1 | 2 | 3): number {
    const start = this.#skip(bytes);
    return this.#bytes.readUIntBE(start, bytes);
  }

  /** A view, not a copy. */
  bytes(length: number): Buffer {
    const start = this.#skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A vector with its length in front, in 1, 2 or 3 bytes. */
  vector(lengthBytes: 1 | 2 | 3): Buffer {
    return this.bytes(this.number(lengthBytes));
  }

  /** As `vector`, to be read further. */
  within(lengthBytes: 1 | 2 | 3): Cursor {
    const length = this.number(lengthBytes);
    const start = this.#skip(length);
    return new Cursor(this.#bytes, start, start + length);
  }

  expectEnd(what: string): void {
    if (!this.isDone) throw new Surprise(`${what}: more than its length says`);
  }

  #skip(length: number): number {
    const start = this.#at;
    if (this.#end - start < length) throw new Surprise('a length beyond the end of what encloses it');
    this.#at += length;
    return start;
  }
}
