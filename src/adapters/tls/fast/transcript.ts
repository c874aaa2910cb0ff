/** The handshake messages of both sides in their order (RFC 8446, section 4.4.1), and those of the server as they come in. */
import { hash } from 'node:crypto';
import { type Digest, digestIn } from './sha256.ts';
import { Surprise } from './surprise.ts';

export const messageType = {
  clientHello: 1,
  serverHello: 2,
  encryptedExtensions: 8,
  certificate: 11,
  serverKeyExchange: 12,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;

export interface Message {
  readonly type: number;
  /** Without its header; a view. */
  readonly body: Buffer;
  readonly start: number;
}

const headerBytes = 4;

export class Transcript {
  readonly #bytes: Buffer;
  #length = 0;
  #read = 0;

  /** `bytes` is all the room that there is: a server that says more is a surprise. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Nothing of a further message has come in. */
  get isAligned(): boolean {
    return this.#read === this.#length;
  }

  /** A message of the client's. */
  say(message: Buffer): void {
    this.hear(message);
    this.#read = this.#length;
  }

  /** Some of the server's messages, in whatever pieces its records bring. */
  hear(bytes: Buffer): void {
    if (this.#bytes.length - this.#length < bytes.length)
      throw new Surprise('a longer flight than there is room for');
    bytes.copy(this.#bytes, this.#length);
    this.#length += bytes.length;
  }

  /** The same, of a record that `open` decrypts into the room from `at` on; it returns where they end. */
  hearFrom(open: (room: Buffer, at: number) => number): void {
    this.#length = open(this.#bytes, this.#length);
  }

  /** The server's next message; null while it has not arrived in full. */
  next(): Message | null {
    const start = this.#read;
    if (this.#length - start < headerBytes) return null;
    const bodyStart = start + headerBytes;
    const end = bodyStart + this.#bytes.readUIntBE(start + 1, 3);
    if (end > this.#bytes.length) throw new Surprise('a longer message than there is room for');
    if (end > this.#length) return null;
    this.#read = end;
    return { type: this.#bytes.readUInt8(start), body: this.#bytes.subarray(bodyStart, end), start };
  }

  /** The SHA-256 of all messages that were read; with `end`, of those before it. */
  hash(end = this.#read): Digest {
    // As text, because a buffer of its own for 32 bytes would cost as much as the hash.
    return digestIn(hash('sha256', this.#bytes.subarray(0, end), 'binary'));
  }
}
