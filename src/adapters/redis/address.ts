/** A redis://, rediss:// or unix:// URL as options for ioredis. */
export function readAddress(url: string) {
  const parsed = new URL(url);
  if (parsed.protocol === 'unix:')
    return { node: { path: decodeURIComponent(parsed.pathname) }, session: {} };
  const db = parsed.pathname.slice(1);
  return {
    node: {
      host: parsed.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1',
      port: Number(parsed.port || 6379),
    },
    session: {
      ...(parsed.username ? { username: decodeURIComponent(parsed.username) } : {}),
      ...(parsed.password ? { password: decodeURIComponent(parsed.password) } : {}),
      ...(db ? { db: Number(db) } : {}),
      ...(parsed.protocol === 'rediss:' ? { tls: {} } : {}),
    },
  };
}
