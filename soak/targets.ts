/** The APIs that are watched: processes with TLS servers, and what each domain presents at the moment. */
import { type Authority, createRoot, type Issued, pemChain } from '../lab/authority.ts';
import { freePort } from '../lab/child.ts';
import { type Forked, forkModule } from './forked.ts';
import type { Face, Presented, TargetCommand } from './target-process.ts';

export interface Api {
  /** Also the name that is sent (SNI). */
  readonly host: string;
  /** As pinwatch calls the domain. */
  readonly name: string;
  readonly account: string;
  readonly target: Target;
  /** Whether it is found through the DNS; else by its address. */
  readonly isNamed: boolean;
  readonly pins: readonly string[];
  /** With a pinned key, for its own name. */
  readonly good: Issued;
}

export interface Target {
  readonly name: string;
  readonly port: number;
  readonly pid: () => number;
  /** From the answer on, every new connection meets this certificate. It may be down at the moment. */
  present(host: string, leaf: Issued): Promise<void>;
  turn(face: Face): Promise<void>;
  serve(): Promise<void>;
  kill(): Promise<void>;
  start(): Promise<void>;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
}

export interface Targets {
  readonly rootPem: string;
  readonly issuing: Authority;
  readonly targets: readonly Target[];
  readonly apis: readonly Api[];
  close(): Promise<void>;
}

const moduleUrl = new URL('./target-process.js', import.meta.url);
export const accounts = ['acme', 'globex', 'initech'] as const;

export async function startTargets(count: number, domains: number): Promise<Targets> {
  const root = createRoot({ commonName: 'Soak Root' });
  const issuing = root.intermediate({ commonName: 'Soak Intermediate' });
  const targets: Target[] = [];
  for (let index = 0; index < count; index += 1)
    targets.push(await createTarget(`target-${index + 1}`, issuing));
  const apis = Array.from({ length: domains }, (_, index) => {
    const at = index % count;
    const target = targets[at];
    if (target === undefined) throw new Error('unreachable: the remainder is below the count');
    const host = `api-${index + 1}.soak.example`;
    const good = issuing.leaf({ commonName: host, names: [host] });
    const backup = issuing.leaf({ names: [host] });
    return {
      ...{ host, target, good, name: `${host}:${target.port}`, pins: [good.pin, backup.pin] },
      account: accounts[Math.floor(index / count) % accounts.length] ?? 'acme',
      // Half of the targets, so that a dead name server does not put all domains out of sight.
      isNamed: at >= Math.ceil(count / 2),
    };
  });
  const close = async () => {
    await Promise.all(targets.map((target) => target.kill()));
  };
  try {
    await Promise.all(targets.map((target) => target.start()));
    await Promise.all(apis.map(({ host, good, target }) => target.present(host, good)));
  } catch (error) {
    await close();
    throw error;
  }
  return { rootPem: root.pem, issuing, targets, apis, close };
}

async function createTarget(name: string, issuing: Authority): Promise<Target> {
  const port = await freePort();
  const chains = new Map<string, Presented>();
  let forked: Forked | undefined;
  const ask = (command: TargetCommand) => forked?.ask(command) ?? Promise.resolve();
  return {
    ...{ name, port },
    pid: () => forked?.process.pid ?? 0,
    async present(host, leaf) {
      const chain = { name: host, cert: pemChain([leaf, issuing.issued]), key: leaf.keyPem };
      chains.set(host, chain);
      // A process that is killed meanwhile presents it when it is started again.
      await ask({ do: 'present', chains: [chain] }).catch(() => {});
    },
    turn: (face) => ask({ do: 'turn', port, face }),
    serve: () => ask({ do: 'serve', port }),
    async kill() {
      const killed = forked;
      forked = undefined;
      await killed?.stop('SIGKILL');
    },
    async start() {
      const started = forkModule(moduleUrl);
      await started.ask({ do: 'present', chains: [...chains.values()] } satisfies TargetCommand);
      forked = started;
      await started.ask({ do: 'serve', port } satisfies TargetCommand);
      // What was presented while it started.
      await started.ask({ do: 'present', chains: [...chains.values()] } satisfies TargetCommand);
    },
    signal: (signal) => void forked?.process.kill(signal),
  };
}
