import type { Room } from './dialogue.ts';

/** Chains of up to some 30 KB; longer ones are left to node:tls. */
const receivedBytes = 32 * 1024;
/** The client's messages are in it as well. */
const transcriptBytes = receivedBytes + 2 * 1024;
/** Kept for the next connections, 66 KB each; more than so many are rarely open at a time. */
const mostKept = 64;

const kept: Room[] = [];

export const rooms = {
  take(): Room {
    return (
      kept.pop() ?? {
        received: Buffer.allocUnsafeSlow(receivedBytes),
        transcript: Buffer.allocUnsafeSlow(transcriptBytes),
      }
    );
  },
  giveBack(room: Room): void {
    if (kept.length < mostKept) kept.push(room);
  },
};
