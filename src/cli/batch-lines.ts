/** A line of a byte stream: its text, or what is wrong with it. */
export type Line = { readonly text: string } | { readonly problem: string };

const newline = 0x0a;

/**
 * Splits a stream into lines. A line of more than `mostBytes` is never held in memory: it yields a problem instead. A
 * last line without a line end counts, unless it is empty. The next chunk is read only when all lines have been taken.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, mostBytes: number): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let size = 0;
  const add = (part: Uint8Array) => {
    size += part.length;
    if (size > mostBytes) parts = [];
    else if (part.length > 0) parts.push(part);
  };
  const take = (): Line => {
    const line =
      size > mostBytes
        ? { problem: `expected a line of at most ${mostBytes} bytes, found one of ${size}` }
        : decode(Buffer.concat(parts));
    parts = [];
    size = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      add(chunk.subarray(start, end));
      start = end + 1;
      yield take();
    }
    add(chunk.subarray(start));
  }
  if (size > 0) yield take();
}

function decode(bytes: Uint8Array): Line {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { problem: 'expected UTF-8 text, found other bytes' };
  }
}
