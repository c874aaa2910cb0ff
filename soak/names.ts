/** A small name server on loopback, which answers with 127.0.0.1 and can fail. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type Answer, decode, encode, type RecordType } from 'dns-packet';

/** How it treats every question: `slow` answers after a while. */
export type NameMode = 'answer' | 'dead' | 'slow' | 'SERVFAIL' | 'NXDOMAIN';

export const slowAnswerMs = 700;

export interface Names {
  /** As `probe.resolvers` has it. */
  readonly address: string;
  treat(mode: NameMode): void;
  close(): Promise<void>;
}

// RFC 1035, section 4.1.1: the low four bits of the flags are the response code.
const codes: Partial<Record<NameMode, number>> = { SERVFAIL: 2, NXDOMAIN: 3 };

export async function startNames(): Promise<Names> {
  let mode: NameMode = 'answer';
  const socket = createSocket('udp4');
  const timers = new Set<NodeJS.Timeout>();
  const answer = (asked: Buffer): Buffer => {
    const { id, questions = [] } = decode(asked);
    const answers = questions.flatMap(({ name, type }): Answer[] =>
      (type as RecordType) === 'A' && codes[mode] === undefined
        ? [{ type: 'A', name, ttl: 0, data: '127.0.0.1' }]
        : [],
    );
    return encode({
      type: 'response',
      flags: codes[mode] ?? 0,
      questions,
      answers,
      ...(id === undefined ? {} : { id }),
    });
  };
  socket.on('message', (asked, { port, address }) => {
    if (mode === 'dead') return;
    const send = () => socket.send(answer(asked), port, address);
    if (mode !== 'slow') return send();
    const timer = setTimeout(() => {
      timers.delete(timer);
      send();
    }, slowAnswerMs);
    timers.add(timer);
  });
  // Whoever asked may be gone.
  socket.on('error', () => {});
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${(socket.address() as AddressInfo).port}`,
    treat(next) {
      mode = next;
    },
    async close() {
      for (const timer of timers) clearTimeout(timer);
      socket.close();
      await once(socket, 'close');
    },
  };
}
