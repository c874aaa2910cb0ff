import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';

/** The addresses of a lower-case name in a hosts file; empty if the file has no such name. */
export type HostsFile = (name: string) => readonly string[];

/**
 * Reads a hosts file (hosts(5)), again when it has changed. A missing or unreadable file has no names, as for the
 * system's own resolver. Synchronous on purpose: it is a local file of a few lines, and an asynchronous read would wait
 * in libuv's thread pool, where a stuck disk would delay every probe.
 */
export function createHostsFile(path: string): HostsFile {
  let version = '';
  let names: ReadonlyMap<string, readonly string[]> = new Map();
  return (name) => {
    try {
      const { mtimeMs, size, ino } = statSync(path);
      const found = `${mtimeMs} ${size} ${ino}`;
      if (found !== version) {
        names = parseHosts(readFileSync(path, 'utf8'));
        version = found;
      }
    } catch {
      names = new Map();
      version = '';
    }
    return names.get(name) ?? [];
  };
}

/** `address name alias…  # comment`. Other lines are ignored, as the system's resolver does. */
export function parseHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const [address, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
    // A zone (fe80::1%eth0) names an interface of this machine, which no app's users can reach.
    if (address === undefined || isIP(address) === 0 || address.includes('%')) continue;
    for (const alias of aliases) {
      const name = alias.toLowerCase().replace(/\.$/, '');
      const known = names.get(name);
      if (known === undefined) names.set(name, [address]);
      else known.push(address);
    }
  }
  return names;
}
