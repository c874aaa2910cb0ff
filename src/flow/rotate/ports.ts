import type { Domain } from '../../core/domain.ts';
import type { Parsed } from '../../core/parsed.ts';
import type { Pin } from '../../core/pin.ts';
import type { Obstacle } from '../../core/rotation-obstacle.ts';
import type { DomainPorts } from '../admin/domains.ts';
import type { ChainReader } from '../chain-reader.ts';
import type { ConfigStore } from '../publish/config-store.ts';
import type { ConfigWatchStore } from '../publish/config-watch-store.ts';
import type { PublishPorts } from '../publish/ports.ts';
import type { RotationStore } from './rotation-store.ts';

/** What of the signed configuration tells how far a rotation has come. */
type ReadConfigs = Pick<ConfigStore, 'state' | 'version' | 'versions'>;

export interface RotationPorts
  extends DomainPorts,
    Pick<PublishPorts, 'observeAll' | 'probesAtOnce' | 'newId'> {
  readonly rotationStore: RotationStore;
  readonly configStore: ReadConfigs;
  /** What apps get of the signed configuration. */
  readonly watchStore: Pick<ConfigWatchStore, 'load'>;
  /** Installs that hold a configuration without the pin, for a host whose published entry has it. */
  readonly laggingInstalls: (account: string, host: string, pin: Pin) => Promise<readonly Obstacle[]>;
  /** The certificates in PEM text, in order, as DER. */
  readonly readCertificates: (pem: string) => Parsed<readonly Uint8Array[]>;
  /** As `ChainReader`, but however slow the chain is to read, others need not wait. */
  readonly readChain: (
    chain: readonly Uint8Array[],
    domain: Pick<Domain, 'host' | 'ca'>,
  ) => Promise<ReturnType<ChainReader['read']>>;
}
