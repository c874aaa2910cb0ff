import { type Parsed, parsed, refused } from '../core/parsed.ts';
import { quote } from '../core/quote.ts';
import { parseHost } from '../core/target.ts';

export const listenExpected = 'host:port such as 127.0.0.1:9464, or :9464 for every address';

/** Where a server listens: `host:port`, `[IPv6]:port`, or `:port` for every address. Port 0 lets the system choose one. */
export function parseListen(text: string): Parsed<{ readonly host: string; readonly port: number }> {
  const [, bracketed, named, portText] = /^(?:\[([^[\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const wrong = refused(`expected ${listenExpected}, found ${quote(text)}`);
  if (portText === undefined) return wrong;
  const port = Number(portText);
  if (port > 65_535) return wrong;
  // `::` takes IPv4 connections too.
  if (named === '') return parsed({ host: '::', port });
  const host = parseHost(bracketed ?? named ?? '', () => '');
  if (!host.ok || host.value.includes(':') !== (bracketed !== undefined)) return wrong;
  return parsed({ host: host.value, port });
}
