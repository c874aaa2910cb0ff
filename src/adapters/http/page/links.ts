import { accountPath, domainPath } from '../../../core/page-path.ts';

/** Where the page's views are, below the path that the caller sees this service under. */
export interface Links {
  readonly overview: string;
  readonly signIn: string;
  readonly signOut: string;
  readonly queues: string;
  readonly asset: (name: string) => string;
  readonly account: (account: string) => string;
  readonly domain: (account: string, domain: string) => string;
  /** What a form about a domain is sent to. */
  readonly act: (account: string, domain: string, action: 'probe' | 'mute' | 'unmute') => string;
  readonly probeAll: (account: string) => string;
  readonly acknowledge: (account: string, incident: string) => string;
  /** Server-sent events about these probes. */
  readonly events: (account: string, ids: readonly string[]) => string;
}

export function linksBelow(prefix: string): Links {
  const account = (name: string) => `${prefix}${accountPath(name)}`;
  const domain = (owner: string, name: string) => `${prefix}${domainPath(owner, name)}`;
  return {
    overview: `${prefix}/`,
    signIn: `${prefix}/sign-in`,
    signOut: `${prefix}/sign-out`,
    queues: `${prefix}/queues`,
    asset: (name) => `${prefix}/assets/${name}`,
    account,
    domain,
    act: (owner, name, action) => `${domain(owner, name)}/${action}`,
    probeAll: (owner) => `${account(owner)}/probe`,
    acknowledge: (owner, incident) =>
      `${account(owner)}/incidents/${encodeURIComponent(incident)}/acknowledge`,
    events: (owner, ids) => `${prefix}/v1${accountPath(owner)}/probes/events?ids=${ids.join(',')}`,
  };
}
