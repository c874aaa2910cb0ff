/**
 * pinwatch beside other programs that make the same handshakes, all in one run and in turn, so that other load on the machine
 * affects all.
 */
import { execFile } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findTool, startChild } from '../../lab/child.ts';
import { defaultConfig } from '../pipeline.ts';
import type { Scenario } from '../scenarios.ts';
import type { BenchServer } from '../server.ts';
import { startBlackbox } from './blackbox.ts';
import { startNodePeer } from './node-peer.ts';
import { startOpenssl } from './openssl.ts';
import type { Bout, Peer } from './peer.ts';
import { createPlacement, type Placement } from './placement.ts';
import type { PeerRow, PeersResult, Program, Round } from './result.ts';

export interface CompareOptions {
  readonly nodes: readonly string[];
  readonly scenarios: readonly Scenario[];
  /** Domains per round. */
  readonly domains: number;
  readonly rounds: number;
  readonly directory: string;
}

/** Handshakes that each process on Node makes before it is measured: V8 compiles hot code until then. */
const warmUpEndpoints = 10_000;
const versions = ['1.3', '1.2'] as const;

export async function comparePeers(options: CompareOptions): Promise<PeersResult> {
  const before = loadavg()[0] ?? Number.NaN;
  const placement = createPlacement();
  // Whatever it starts runs there as well, unless it is measured.
  placement.moveAside(process.pid);
  const blackbox = findTool('prometheus-blackbox-exporter') ?? findTool('blackbox_exporter');
  const openssl = findTool('openssl');
  const rows: PeerRow[] = [];
  for (const tls of versions) {
    for (const scenario of options.scenarios) {
      console.error(`TLS ${tls}: ${scenario.title}`);
      rows.push(...(await runBout(tls, scenario, { blackbox, openssl }, placement, options)));
    }
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: {
      ...{ cores: cpus().length, cpu: cpus()[0]?.model ?? 'unknown' },
      load: [before, loadavg()[0] ?? Number.NaN],
    },
    measuredCore: placement.measuredCore,
    domains: options.domains,
    versions: {
      blackbox: blackbox === undefined ? null : await said(blackbox, '--version', /version (\S+?),? /),
      openssl: openssl === undefined ? null : await said(openssl, 'version', /^(OpenSSL \S+)/),
    },
    rows,
  };
}

interface Installed {
  readonly blackbox: string | undefined;
  readonly openssl: string | undefined;
}

async function runBout(
  tls: PeerRow['tls'],
  scenario: Scenario,
  { blackbox, openssl }: Installed,
  placement: Placement,
  { nodes, domains, rounds: wanted, directory }: CompareOptions,
): Promise<PeerRow[]> {
  const script = join(import.meta.dirname, '..', 'server.js');
  const { child, match } = await startChild(
    process.execPath,
    [script, '--max-version', `TLSv${tls}`, ...scenario.served],
    /^ready (.*)$/,
  );
  const server = JSON.parse(match[1] ?? '') as BenchServer;
  const { concurrency } = defaultConfig().probe;
  const boutIn = (name: string): Bout => ({
    ...{ scenario, server, domains, concurrency, placement },
    directory: join(directory, name),
  });
  const shared: (readonly [Program, Peer])[] = [];
  if (blackbox !== undefined) shared.push(['blackbox', await startBlackbox(blackbox, boutIn('peers'))]);
  if (openssl !== undefined) shared.push(['openssl', await startOpenssl(openssl, boutIn('peers'))]);
  const onNodes = [];
  for (const [index, node] of nodes.entries()) {
    const bout = boutIn(`peers-${index}`);
    onNodes.push({
      node: await said(node, '--version', /^v(\S+)/),
      pinwatch: await startNodePeer(node, 'pinwatch', bout),
      bare: await startNodePeer(node, 'bare', bout),
      rounds: [] as Round[],
    });
  }
  const warmUpRounds = Math.ceil(warmUpEndpoints / (domains * scenario.probed.length));
  for (let number = 0; number < warmUpRounds; number += 1) {
    for (const { pinwatch, bare } of onNodes) {
      await pinwatch.round();
      await bare.round();
    }
  }
  for (const [, peer] of shared) await peer.round();
  for (let number = 0; number < wanted; number += 1) {
    const common: Partial<Record<Program, number>> = {};
    for (const [program, peer] of shared) common[program] = await peer.round();
    for (const { pinwatch, bare, rounds } of onNodes) {
      rounds.push({ pinwatch: await pinwatch.round(), bare: await bare.round(), ...common });
    }
  }
  for (const { pinwatch, bare } of onNodes) await Promise.all([pinwatch.close(), bare.close()]);
  for (const [, peer] of shared) await peer.close();
  await child.stop();
  const { name, title } = scenario;
  return onNodes.map(({ node, rounds }) => ({ tls, name, title, node, rounds }));
}

const execute = promisify(execFile);

async function said(program: string, option: string, pattern: RegExp): Promise<string> {
  const { stdout, stderr } = await execute(program, [option]);
  return pattern.exec(`${stdout}${stderr}`)?.[1] ?? 'unknown';
}
