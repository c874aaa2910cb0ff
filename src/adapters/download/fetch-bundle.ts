import { parsed, refused } from '../../core/parsed.ts';
import type { FetchBundle } from '../../flow/publish/look-at-url.ts';

const deadlineMs = 10_000;
/** One more than a bundle may have: it is then too large. */
const mostBytes = 262_145;

/** As apps do: no redirect is followed, and nothing is taken from a cache of its own. */
export const fetchBundle: FetchBundle = async (url) => {
  try {
    const signal = AbortSignal.timeout(deadlineMs);
    const response = await fetch(url, { signal, redirect: 'manual', headers: { accept: '*/*' } });
    if (response.status !== 200) {
      await response.body?.cancel();
      return refused(`expected status 200, found ${response.status}`);
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= mostBytes) break;
    }
    return parsed(Buffer.concat(chunks).subarray(0, mostBytes));
  } catch (error) {
    const { name, message, cause } = error as Error & { cause?: Error & { code?: string } };
    if (name === 'TimeoutError') return refused(`no answer within ${deadlineMs / 1_000} s`);
    return refused(cause?.code ?? cause?.message ?? message);
  }
};
