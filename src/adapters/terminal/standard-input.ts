import { addAbortSignal } from 'node:stream';
import { type Parsed, parsed, refused } from '../../core/parsed.ts';

/** All of standard input, at most `mostBytes`. */
export async function readStandardInput(mostBytes: number): Promise<Parsed<Uint8Array>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      // Leaving the loop closes the stream: the writer gets EPIPE, and this process need not wait for the end.
      if (size > mostBytes) return refused(`it has more than ${mostBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    return refused(error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read');
  }
  return parsed(Buffer.concat(chunks));
}

/** Standard input as it comes, read no faster than it is consumed. Rejects if unreadable, or with an AbortError. */
export function standardInputChunks(signal: AbortSignal): AsyncIterable<Uint8Array> {
  return addAbortSignal(signal, process.stdin) as AsyncIterable<Uint8Array>;
}
