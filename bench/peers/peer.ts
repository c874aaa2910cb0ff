import type { KeyType } from '../../src/core/observation.ts';
import type { Scenario } from '../scenarios.ts';
import type { BenchServer } from '../server.ts';
import type { Placement } from './placement.ts';

/** One of the programs that are compared, running and ready. */
export interface Peer {
  /** Milliseconds of CPU for each endpoint. Rejects if a handshake does not end as expected. */
  round(): Promise<number>;
  close(): Promise<void>;
}

/** What all of them are run against. */
export interface Bout {
  readonly scenario: Scenario;
  readonly server: BenchServer;
  readonly domains: number;
  /** Handshakes or probes at a time, if the program can do more than one. */
  readonly concurrency: number;
  readonly placement: Placement;
  /** For files that only this run needs. */
  readonly directory: string;
}

/**
 * The endpoints for programs that cannot ask for a kind of key: each kind that is served has a port of its own. They leave out
 * a kind that is refused.
 */
export function singleKeyPorts({ scenario, server }: Bout): number[] {
  const isServed = (keyType: KeyType) => scenario.served.includes(keyType);
  return scenario.probed.filter(isServed).map((keyType) => {
    const port = server.ports[keyType];
    if (port === undefined) throw new Error(`expected a port for ${keyType}`);
    return port;
  });
}
