/** Each kind of notice, from certificates of the lab through the real judgement and state machine. */
import { type Authority, createRoot, type Issued, selfSigned } from '../../../lab/authority.ts';
import { issuerAt } from '../../../lab/extensions.ts';
import { generateKeys } from '../../../lab/keys.ts';
import { createChainReader } from '../../../src/adapters/x509/chain-reader.ts';
import { configIncidentKinds } from '../../../src/core/config-incident.ts';
import type { Domain } from '../../../src/core/domain.ts';
import type { Transition } from '../../../src/core/incident.ts';
import { missingIssuer } from '../../../src/core/missing-issuer.ts';
import type { Notice } from '../../../src/core/notice.ts';
import type { FailureCode, KeyType, Observation, Seen } from '../../../src/core/observation.ts';
import { parsePin } from '../../../src/core/pin.ts';
import { blankRecord, recordProbe } from '../../../src/core/record.ts';
import { urlProblems } from '../../../src/core/url-problem.ts';
import { judgeLooks } from '../../../src/core/verdict.ts';
import { rules } from '../../support/observations.ts';
import { notice } from './config-notices.ts';
import { blindNotice, digestOfWeek } from './watch-notices.ts';

const HOST = 'api.example.com';
const DAY = 86_400_000;
const start = Math.floor(Date.now() / 1_000) * 1_000;

/** What a hostile server puts into a name. */
export const hostileName = '"><img src=x onerror=alert(1)><script>alert(1)</script>\u202e{{7*7}}';

const publicRoot = createRoot({ commonName: 'Public Root X1' });
const otherRoot = createRoot({ commonName: 'Other Public Root' });
const e7 = publicRoot.intermediate({ commonName: 'E7' });
const e8 = publicRoot.intermediate({ commonName: 'E8' });
const wr2 = otherRoot.intermediate({ commonName: 'WR2' });
const privateRoot = createRoot({ commonName: 'Acme Private Root' });
const reader = createChainReader({ roots: [publicRoot.pem, otherRoot.pem] });

const keys = generateKeys();
const leaf = e7.leaf({ commonName: HOST, names: [HOST], keys });
const backup = e7.leaf({ names: [HOST] });
const pinned = [leaf.pin, backup.pin].map(pinOf);
const atRuntime: Domain = { host: HOST, port: 443, pins: pinned };
const api: Domain = { ...atRuntime, provisionedBy: '/etc/pinwatch/pinwatch.yaml' };

function pinOf(text: string) {
  const read = parsePin(text);
  if (!read.ok) throw new Error(read.problem);
  return read.value;
}

type Chain = readonly (Issued | Authority)[];

function seen(chain: Chain, address = '192.0.2.10', keyType: KeyType = 'ecdsa', at = start): Seen {
  const der = chain.map((one) => ('issued' in one ? one.issued.der : one.der));
  const read = reader.read(der, HOST, undefined, at);
  if (read.failure !== null) throw new Error(read.failure.message);
  return {
    ...{ address, keyType, durationMs: 12, failure: null, protocol: 'TLSv1.3', broken: null },
    negotiated: { suite: 'TLS_AES_128_GCM_SHA256', group: 'X25519', sha1: false },
    ...read.decoded,
  };
}

function failed(code: FailureCode, message: string, address: string | null = '192.0.2.10'): Observation {
  return { address, keyType: 'ecdsa', durationMs: 3, failure: { code, message } };
}

/** A domain that is probed every quarter of an hour, with looks that see the same unless given apart. */
function watch(domain: Domain = api) {
  let record = blankRecord;
  let at = start;
  const looks = (...made: readonly (readonly Observation[])[]): readonly Transition[] => {
    at += 900_000;
    const judgement = judgeLooks(domain, made, at, rules.expiringWithinMs);
    const issuer = missingIssuer(made.flat(), record.lastCheck);
    const probe = { account: 'acme', judgement, sweep: String(at), at, domain, missingIssuer: issuer };
    const result = recordProbe(record, probe, rules);
    record = result.record;
    return result.transitions;
  };
  return {
    looks,
    probe: (...observations: readonly Observation[]) => looks(...Array(5).fill(observations)),
    /** Time passes until the next probe. */
    pass(ms: number) {
      at += ms;
    },
  };
}

const good = seen([leaf, e7]);
const renewed = e7.leaf({ commonName: HOST, names: [HOST] });

/** From well to this, and what was told of it. */
function after(observations: readonly Observation[], domain?: Domain): readonly Notice[] {
  const { probe } = watch(domain);
  probe(good);
  return probe(...observations);
}

function withLeaf(options: Parameters<Authority['leaf']>[0], issuer = e7): readonly Notice[] {
  return after([seen([issuer.leaf({ commonName: HOST, names: [HOST], keys, ...options }), issuer])]);
}

function changedWhileOpen(): readonly Notice[] {
  const { probe } = watch();
  probe(good);
  probe(seen([renewed, e7]));
  return probe(seen([wr2.leaf({ commonName: HOST, names: [HOST] }), wr2]));
}

function reminder(): readonly Notice[] {
  const { probe, pass } = watch();
  probe(good);
  probe(seen([renewed, e7]));
  pass(2 * DAY);
  return probe(seen([renewed, e7]));
}

function recovered(domain: Domain = api): readonly Notice[] {
  let now = api;
  const live = watch({
    ...api,
    get pins() {
      return now.pins;
    },
  });
  live.probe(good);
  live.probe(seen([renewed, e7]));
  now = domain;
  return live.probe(domain === api ? good : seen([renewed, e7]));
}

function unreachable(): readonly Notice[] {
  const { probe } = watch();
  probe(good);
  const down = [
    failed('connection_refused', 'the server refused the connection'),
    failed('connection_timeout', 'no answer within 10 s', '2001:db8::10'),
  ];
  probe(...down);
  probe(...down);
  return probe(...down);
}

function noBackup(): readonly Notice[] {
  const { probe, pass } = watch({ ...atRuntime, pins: pinned.slice(0, 1) });
  probe(good);
  pass(8 * DAY);
  return probe(good);
}

const rsa = e7.leaf({ commonName: HOST, names: [HOST], algorithm: 'rsa-2048' });
const addresses = ['192.0.2.10', '192.0.2.11', '2001:db8::1:11'];

/** By name, each with its notices; none is empty. */
export const realNotices: Readonly<Record<string, readonly Notice[]>> = {
  'mismatch: new key': after(addresses.map((address) => seen([renewed, e7], address))),
  'mismatch: another intermediate': after([seen([e8.leaf({ commonName: HOST, names: [HOST] }), e8])]),
  'mismatch: another authority': after([seen([wr2.leaf({ commonName: HOST, names: [HOST] }), wr2])]),
  'mismatch: one address': after(
    addresses.map((address, index) => seen(index === 1 ? [renewed, e7] : [leaf, e7], address)),
  ),
  'mismatch: one key type': after([good, seen([rsa, e7], '192.0.2.10', 'rsa')]),
  'mismatch: some connections': (() => {
    const { probe, looks } = watch();
    probe(good);
    return looks([good], [seen([renewed, e7])], [good], [seen([renewed, e7])], [good]);
  })(),
  'mismatch: outside the path': after([seen([renewed, e7, leaf])]),
  'mismatch: hostile names': after([
    seen([createRoot({ commonName: hostileName }).leaf({ commonName: hostileName, names: [HOST] })]),
  ]),
  'untrusted: expired': withLeaf({ notBefore: new Date(start - 90 * DAY), notAfter: new Date(start - DAY) }),
  'untrusted: not yet valid': withLeaf({
    notBefore: new Date(start + DAY),
    notAfter: new Date(start + 90 * DAY),
  }),
  'untrusted: other hosts': withLeaf({
    names: [
      'www.example.net',
      '*.shop.example.net',
      '192.0.2.1',
      hostileName.replaceAll(/[^\x20-\x7e]/g, ''),
      'e.example',
    ],
  }),
  'untrusted: intermediate not sent': after([seen([leaf])]),
  'untrusted: intermediate not sent, but Apple fetches it': (() => {
    const { probe } = watch();
    const fetchable = e7.leaf({
      ...{ commonName: HOST, names: [HOST], keys },
      extensions: [issuerAt('http://e7.ca.example/')],
    });
    probe(seen([fetchable, e7]));
    return probe(seen([fetchable]));
  })(),
  'untrusted: private root': withLeaf({}, privateRoot.intermediate({ commonName: 'Acme CA' })),
  'untrusted: self-signed': after([seen([selfSigned({ names: [HOST], keys })])]),
  'untrusted: refused by a platform': withLeaf({
    notBefore: new Date(start - 400 * DAY),
    notAfter: new Date(start + 600 * DAY),
  }),
  unreachable: unreachable(),
  expiring: withLeaf({ notAfter: new Date(start + 9 * DAY) }),
  'no backup pin': noBackup(),
  'changed while open': changedWhileOpen(),
  reminder: reminder(),
  'recovery: the server': recovered(),
  'recovery: the pins': recovered({ ...api, pins: [...pinned, pinOf(renewed.pin)] }),
  ...Object.fromEntries(
    configIncidentKinds.map((kind) => [`signed configuration: ${kind}`, [configNotice(kind)]]),
  ),
  'blind: installation': [blindNotice()],
  'blind: account': [blindNotice({ transition: 'reminder' }, { scope: 'account', domains: 40, lost: 40 })],
  'blind: no probes': [
    blindNotice({}, { cause: 'no_probes', seen: 400, lost: 0, examples: [], failures: [] }),
  ],
  'blind: recovery': [
    blindNotice(
      { transition: 'closed' },
      { seen: 399, lost: 1, examples: ['api0.example.com'], failures: [] },
    ),
  ],
  digest: [digestOfWeek()],
  'digest and no backup pin': [digestOfWeek(), ...noBackup()],
  flapping: after([seen([renewed, e7])]).map((one) => ({ ...one, flapping: flaps() }) as Notice),
  'several at once': [
    ...after([seen([renewed, e7])]),
    ...withLeaf({ notAfter: new Date(start + 9 * DAY) }).map(
      (one) => ({ ...one, domain: 'shop.example.com', incident: 'b' }) as Notice,
    ),
    ...recovered().map((one) => ({ ...one, domain: 'edge.example.com', incident: 'c' }) as Notice),
  ],
};

function flaps() {
  const since = '2026-11-22T03:30:54Z';
  return { since, openings: 4, between: ['pin_mismatch', renewed.pin], isCalm: false };
}

function configNotice(kind: (typeof configIncidentKinds)[number]) {
  const devices = [
    {
      device: 'a1b2c3d4',
      until: '2026-11-22T12:00:00Z',
      by: 'alice',
      note: 'pentest',
      at: '2026-11-22T04:00:00Z',
    },
  ];
  const problem = urlProblems.find((one) => kind === `config_${one}`) ?? null;
  const urls = notice().config.urls.map((one, index) => (index === 0 ? { ...one, problem } : one));
  return notice({ kind }, { urls, ...(kind === 'devices_unpinned' ? { devices } : {}) });
}
