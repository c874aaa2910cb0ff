/**
 * The items of `source`, with `pulse` whenever nothing has come for `everyMs`: proxies cut a connection that is silent
 * for a minute.
 */
export async function* withPulse(
  source: AsyncIterable<string>,
  pulse: string,
  everyMs: number,
): AsyncGenerator<string> {
  const iterator = source[Symbol.asyncIterator]();
  let awaited: Promise<IteratorResult<string>> | undefined;
  try {
    for (;;) {
      awaited ??= iterator.next();
      let timer: NodeJS.Timeout | undefined;
      const silence = new Promise<null>((resolve) => {
        timer = setTimeout(() => resolve(null), everyMs);
      });
      const item = await Promise.race([awaited, silence]).finally(() => clearTimeout(timer));
      if (item === null) {
        yield pulse;
        continue;
      }
      awaited = undefined;
      if (item.done === true) return;
      yield item.value;
    }
  } finally {
    await iterator.return?.();
  }
}
