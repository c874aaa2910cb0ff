import type { Configuration, Entry } from './configuration.ts';
import { entryFor } from './decision.ts';

/** What a new configuration means for connections that are open already. */
export interface Change {
  /** Names of entries that were added, taken away or altered. */
  readonly entries: readonly string[];
  /** Something that concerns every host changed: the default, the roots that it uses, a device, what happens after expiry. */
  readonly everyHost: boolean;
  /** Whether pooled connections to a host must be closed, and its TLS sessions forgotten. */
  readonly concerns: (host: string) => boolean;
}

/** `before` is null if nothing was in force. */
export function changeBetween(before: Configuration | null, after: Configuration): Change {
  const everyHost = before === null || general(before) !== general(after);
  const names = new Set([...(before?.domains.keys() ?? []), ...after.domains.keys()]);
  const entries = [...names].filter((name) => {
    const was = before?.domains.get(name);
    const is = after.domains.get(name);
    return textOf(before, was) !== textOf(after, is);
  });
  const changed = new Set(entries);
  const concerns = (host: string) =>
    everyHost ||
    [before, after].some((configuration) => {
      const [name] = configuration === null ? [null] : entryFor(configuration, host);
      return name !== null && changed.has(name);
    });
  return { entries, everyHost, concerns };
}

function general({ default: mode, roots, devices, afterExpiry }: Configuration): string {
  return JSON.stringify([mode, mode === 'roots' ? roots : [], devices, afterExpiry]);
}

/** All that a decision for the entry depends on. */
function textOf(configuration: Configuration | null, entry: Entry | undefined): string {
  if (entry === undefined) return '';
  const pins = entry.mode === 'roots' ? (configuration?.roots ?? []) : entry.pins;
  return JSON.stringify([entry.mode, entry.sub, [...pins].sort()]);
}
