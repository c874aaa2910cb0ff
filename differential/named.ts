/** Named chains that clients were seen to judge differently than expected. */
import { type Authority, createRoot, type Issued, type IssueOptions, selfSigned } from '../lab/authority.ts';
import {
  certificatePolicies,
  extendedKeyUsage,
  keyUsage,
  nameConstraints,
  policyConstraints,
  unknownCritical,
} from '../lab/constraints.ts';
import type { Extension } from '../lab/extensions.ts';
import { generateKeys, type KeyAlgorithm, type KeyPair } from '../lab/keys.ts';
import { type Case, defaultHost, type Made } from './case.ts';

const dayMs = 86_400_000;
const clientAuth = '1.3.6.1.5.5.7.3.2';
const anyPurpose = '2.5.29.37.0';

/** A validity from `from` to `to` days from now. */
function days(from: number, to: number): Pick<IssueOptions, 'notBefore' | 'notAfter'> {
  const now = Date.now();
  return { notBefore: new Date(now + from * dayMs), notAfter: new Date(now + to * dayMs) };
}

const expired = () => days(-400, -3);
const future = () => days(3, 400);
const valid = () => days(-5, 90);

const having = (...extensions: readonly Extension[]): IssueOptions => ({ extensions });
const excluding = (...excluded: readonly string[]) => having(nameConstraints({ excluded }));
const permitting = (...permitted: readonly string[]) => having(nameConstraints({ permitted }));
const policyRequired = policyConstraints({ requireExplicit: 0 });
const basicConstraints = '2.5.29.19';
const keyUsages = '2.5.29.15';
const purposes = '2.5.29.37';

/** RSA keys are slow to make, and can be shared between cases. */
const rsaKeys = new Map<string, KeyPair>();
function keys(algorithm: KeyAlgorithm, of: string): Pick<IssueOptions, 'keys'> {
  const name = `${algorithm} ${of}`;
  const made = rsaKeys.get(name) ?? generateKeys(algorithm);
  if (algorithm.startsWith('rsa')) rsaKeys.set(name, made);
  return { keys: made };
}

function root(name: string, more: IssueOptions = {}): Authority {
  return createRoot({ commonName: name, ...days(-900, 2_000), ...more });
}

function below(authority: Authority, name: string, more: IssueOptions = {}): Authority {
  return authority.intermediate({ commonName: name, ...days(-900, 2_000), ...more });
}

function leafOf(authority: Authority, more: IssueOptions = {}): Issued {
  return authority.leaf({ commonName: defaultHost, names: [defaultHost], ...valid(), ...more });
}

interface Changes {
  readonly root?: IssueOptions;
  readonly intermediate?: IssueOptions;
  readonly leaf?: IssueOptions;
}

/** A root, an intermediate and a leaf, each with changes. */
function line(changes: Changes = {}): Made & { readonly top: Authority; readonly middle: Authority } {
  const top = root('Root', changes.root);
  const middle = below(top, 'Intermediate', changes.intermediate);
  return { top, middle, chains: [[leafOf(middle, changes.leaf), middle.issued]], anchors: [top.issued] };
}

const simple = (name: string, changes?: () => Changes, more: Partial<Made> = {}): Case => ({
  name,
  make: () => ({ ...line(changes?.()), ...more }),
});

/** Two intermediates below the root. */
function deep(upper: IssueOptions, lower: IssueOptions = {}): Made {
  const top = root('Root');
  const high = below(top, 'Upper', upper);
  const low = below(high, 'Lower', lower);
  return { chains: [[leafOf(low), low.issued, high.issued]], anchors: [top.issued] };
}

/** One intermediate's name and key, certified by two roots; `first` is sent before the other. */
function crossed(ofA: IssueOptions, sent: 'AB' | 'BA', trusted: 'A' | 'B' | 'AB' = 'AB'): Made {
  const [rootA, rootB] = [root('Root A'), root('Root B')];
  const byA = below(rootA, 'Shared Intermediate', ofA);
  const byB = rootB.crossSign(byA, days(-900, 2_000));
  const both = sent === 'AB' ? [byA.issued, byB] : [byB, byA.issued];
  const known = { A: [rootA], B: [rootB], AB: [rootA, rootB] }[trusted];
  const all = [rootA, rootB].map(({ issued }) => issued);
  return {
    chains: [[leafOf(byA), ...both]],
    anchors: known.map(({ issued }) => issued),
    also: all.filter((one) => !known.some(({ issued }) => issued === one)),
  };
}

/** A short path to root A, which `fault` may break, and a longer, valid one to root B, which is sent first. */
function shortcut(fault: IssueOptions): Made {
  const [rootA, rootB] = [root('Root A'), root('Root B')];
  const upper = below(rootB, 'Upper');
  const open = below(upper, 'Shared Intermediate');
  const short = rootA.crossSign(open, { ...days(-900, 2_000), ...fault });
  return {
    chains: [[leafOf(open), open.issued, upper.issued, short]],
    anchors: [rootA.issued, rootB.issued],
  };
}

/** A new root whose key an old root has certified as well. */
function bridge(trusted: 'old' | 'new' | 'both', old: IssueOptions = {}, own: IssueOptions = {}): Made {
  const [before, after] = [root('Old Root', old), root('New Root', own)];
  const between = before.crossSign(after, days(-900, 2_000));
  const issuing = below(after, 'New Intermediate');
  const anchors = { old: [before], new: [after], both: [after, before] }[trusted];
  return {
    chains: [[leafOf(issuing), issuing.issued, between]],
    anchors: anchors.map(({ issued }) => issued),
    also: [before, after].filter((one) => !anchors.includes(one)).map(({ issued }) => issued),
  };
}

function long(count: number): Made {
  const top = root('Root');
  const line = [top];
  for (let at = 1; at <= count; at += 1) line.push(below(line[at - 1] ?? top, `Intermediate ${at}`));
  const last = line.at(-1) ?? top;
  const sent = line.slice(1).reverse();
  return { chains: [[leafOf(last), ...sent.map(({ issued }) => issued)]], anchors: [top.issued] };
}

const host = (
  name: string,
  of: string,
  names: readonly string[] | undefined,
  more: IssueOptions = {},
): Case => ({
  name: `host-${name}`,
  make: () => {
    const { middle, top } = line();
    const { names: _own, ...unnamed } = { ...more, names };
    const leaf = middle.leaf({
      commonName: defaultHost,
      ...valid(),
      ...unnamed,
      ...(names ? { names } : {}),
    });
    return { host: of, chains: [[leaf, middle.issued]], anchors: [top.issued] };
  },
});

const faults: Readonly<Record<string, () => IssueOptions>> = {
  expired,
  future,
  'no-ca': () => ({ ca: false }),
  'no-basic-constraints': () => ({ without: [basicConstraints] }),
  'no-cert-sign': () => having(keyUsage('digitalSignature')),
  excludes: () => excluding(defaultHost),
  'permits-other': () => permitting('elsewhere.test'),
  'unknown-critical': () => having(unknownCritical),
  'requires-policy': () => having(policyRequired),
  'for-clients': () => having(extendedKeyUsage(clientAuth)),
  'path-length-0': () => ({ pathLength: 0 }),
  'broken-signature': () => ({ brokenSignature: true }),
};

const order: readonly Case[] = [
  simple('plain'),
  simple('permits', () => ({ intermediate: permitting('differential.test') })),
  { name: 'root-sent', make: () => withSent(line(), ({ leaf, middle, top }) => [leaf, middle, top]) },
  { name: 'root-sent-first', make: () => withSent(line(), ({ leaf, middle, top }) => [leaf, top, middle]) },
  { name: 'intermediate-missing', make: () => ({ ...withSent(line(), ({ leaf }) => [leaf]) }) },
  { name: 'intermediate-twice', make: () => withSent(line(), ({ leaf, middle }) => [leaf, middle, middle]) },
  {
    name: 'stray-of-an-anchor',
    make: () => {
      const other = root('Other Root');
      const stray = below(other, 'Other Intermediate');
      const made = line();
      return {
        ...withSent(made, ({ leaf, middle }) => [leaf, stray.issued, middle, other.issued]),
        anchors: [...made.anchors, other.issued],
      };
    },
  },
  {
    name: 'forged-by-name',
    make: () => {
      const made = line({ intermediate: { keyIdentifiers: false }, leaf: { keyIdentifiers: false } });
      const forged = below(made.top, 'Intermediate', { keyIdentifiers: false });
      return withSent(made, ({ leaf, middle }) => [leaf, forged.issued, middle]);
    },
  },
  {
    name: 'two-roots-of-one-name',
    make: () => {
      const made = line({ root: { keyIdentifiers: false }, intermediate: { keyIdentifiers: false } });
      return { ...made, anchors: [root('Root', { keyIdentifiers: false }).issued, ...made.anchors] };
    },
  },
  { name: 'unknown-root', make: () => ({ ...line(), anchors: [root('Other Root').issued] }) },
  ...[3, 8].map((count): Case => ({ name: `long-${count}`, make: () => long(count) })),
];

interface Parts {
  readonly leaf: Issued;
  readonly middle: Issued;
  readonly top: Issued;
}

function withSent(made: ReturnType<typeof line>, sent: (parts: Parts) => readonly Issued[]): Made {
  const leaf = made.chains[0]?.[0];
  if (leaf === undefined) throw new TypeError('unreachable: a line has a leaf');
  return {
    ...made,
    chains: [sent({ leaf, middle: made.middle.issued, top: made.top.issued })],
    also: [made.middle.issued],
  };
}

const severalWays: readonly Case[] = [
  ...(['AB', 'BA'] as const).flatMap((sent) => [
    ...(['A', 'B', 'AB'] as const).map(
      (trusted): Case => ({
        name: `crossed-${sent}-trusting-${trusted}`,
        make: () => crossed({}, sent, trusted),
      }),
    ),
    ...Object.entries(faults)
      .filter(([name]) => name !== 'path-length-0')
      .map(
        ([name, fault]): Case => ({ name: `crossed-${sent}-${name}`, make: () => crossed(fault(), sent) }),
      ),
  ]),
  ...Object.entries({ open: () => ({}), ...faults }).map(
    ([name, fault]): Case => ({ name: `shortcut-${name}`, make: () => shortcut(fault()) }),
  ),
  ...(['old', 'new', 'both'] as const).map(
    (trusted): Case => ({ name: `bridge-trusting-${trusted}`, make: () => bridge(trusted) }),
  ),
  { name: 'bridge-old-root-expired', make: () => bridge('both', expired()) },
  { name: 'bridge-new-root-expired', make: () => bridge('both', {}, expired()) },
  {
    name: 'intermediate-renewed',
    make: () => {
      const made = line({ intermediate: expired() });
      const again = made.top.crossSign(made.middle, days(-1, 90));
      return withSent(made, ({ leaf, middle }) => [leaf, middle, again]);
    },
  },
  {
    name: 'two-that-certify-each-other',
    make: () => {
      const top = root('Root');
      const [x, y] = [below(top, 'X'), below(top, 'Y')];
      const sent = [x.crossSign(y), y.crossSign(x), x.issued];
      return { chains: [[leafOf(x), ...sent]], anchors: [top.issued] };
    },
  },
];

const single: readonly Case[] = [
  ...Object.entries(faults).map(([name, fault]) =>
    simple(`intermediate-${name}`, () => ({ intermediate: fault() })),
  ),
  simple('leaf-expired', () => ({ leaf: expired() })),
  simple('leaf-future', () => ({ leaf: future() })),
  simple('leaf-unknown-critical', () => ({ leaf: having(unknownCritical) })),
  simple('leaf-for-clients', () => ({ leaf: having(extendedKeyUsage(clientAuth)) })),
  simple('leaf-for-any-purpose', () => ({ leaf: having(extendedKeyUsage(anyPurpose)) })),
  simple('leaf-without-purposes', () => ({ leaf: { without: [purposes] } })),
  simple('leaf-without-usage', () => ({ leaf: { without: [keyUsages] } })),
  simple('leaf-that-may-not-sign', () => ({ leaf: having(keyUsage('keyAgreement')) })),
  simple('leaf-that-is-a-ca', () => ({
    leaf: { ca: true, ...having(keyUsage('digitalSignature', 'keyCertSign')) },
  })),
  simple('root-expired', () => ({ root: expired() })),
  simple('root-no-ca', () => ({ root: { ca: false } })),
  simple('root-excludes', () => ({ root: excluding(defaultHost) })),
  simple('root-path-length-0', () => ({ root: { pathLength: 0 } })),
  simple('policy-required-and-there', () => ({
    intermediate: having(policyRequired, certificatePolicies('1.3.6.1.4.1.99999.7')),
    leaf: having(certificatePolicies('1.3.6.1.4.1.99999.7')),
  })),
  simple('policy-required-and-another', () => ({
    intermediate: having(policyRequired, certificatePolicies('1.3.6.1.4.1.99999.7')),
    leaf: having(certificatePolicies('1.3.6.1.4.1.99999.8')),
  })),
  { name: 'deep-path-length-1', make: () => deep({ pathLength: 1 }) },
  { name: 'deep-path-length-0', make: () => deep({ pathLength: 0 }) },
  { name: 'deep-upper-excludes', make: () => deep(excluding('differential.test')) },
  {
    name: 'excludes-below-a-wildcard',
    make: () =>
      line({
        intermediate: excluding(defaultHost),
        leaf: { names: ['*.differential.test'] },
      }),
  },
];

const names: readonly Case[] = [
  host('other', defaultHost, ['www.differential.test']),
  host('second', defaultHost, ['www.differential.test', defaultHost]),
  host('capitals', defaultHost, ['API.Differential.TEST']),
  host('wildcard', defaultHost, ['*.differential.test']),
  host('wildcard-of-two-labels', 'a.b.differential.test', ['*.differential.test']),
  host('wildcard-in-part', defaultHost, ['a*.differential.test']),
  host('underscore', 'a_b.differential.test', ['*.differential.test']),
  host('common-name-alone', defaultHost, undefined),
  host('address', '127.0.0.1', ['127.0.0.1']),
  host('other-address', '127.0.0.1', ['127.0.0.2']),
];

const kinds: readonly Case[] = [
  simple('rsa', () => ({
    root: keys('rsa-2048', 'root'),
    intermediate: keys('rsa-2048', 'intermediate'),
    leaf: keys('rsa-2048', 'leaf'),
  })),
  simple('rsa-below-ecdsa', () => ({ leaf: keys('rsa-2048', 'leaf') })),
  simple('ecdsa-below-rsa', () => ({
    root: keys('rsa-2048', 'root'),
    intermediate: keys('rsa-2048', 'intermediate'),
  })),
  simple('ecdsa-below-rsa-tls-1.2', () => ({ intermediate: keys('rsa-2048', 'intermediate') }), {
    server: { maxVersion: 'TLSv1.2' },
  }),
  simple('rsa-pss-authority', () => ({ intermediate: keys('rsa-pss-2048', 'intermediate') })),
  simple('p-384', () => ({ intermediate: { algorithm: 'ec-p384' }, leaf: { algorithm: 'ec-p384' } })),
  simple('p-521-authority', () => ({ intermediate: { algorithm: 'ec-p521' } })),
  simple('ed25519-leaf', () => ({ leaf: { algorithm: 'ed25519' } })),
  simple('ed25519-authority', () => ({ intermediate: { algorithm: 'ed25519' } })),
  simple('sha-1', () => ({ leaf: { hash: 'sha1' } })),
  {
    name: 'both-key-types',
    make: () => {
      const { top, middle } = line();
      const leaves = [leafOf(middle), leafOf(middle, keys('rsa-2048', 'leaf'))];
      return { chains: leaves.map((leaf) => [leaf, middle.issued]), anchors: [top.issued] };
    },
  },
  {
    name: 'both-key-types-one-expired',
    make: () => {
      const { top, middle } = line();
      const leaves = [leafOf(middle), leafOf(middle, { ...keys('rsa-2048', 'leaf'), ...expired() })];
      return { chains: leaves.map((leaf) => [leaf, middle.issued]), anchors: [top.issued] };
    },
  },
  ...(
    [
      ['gcm', 'ECDHE-RSA-AES128-GCM-SHA256'],
      ['cbc', 'ECDHE-RSA-AES128-SHA'],
      ['static-rsa', 'AES128-GCM-SHA256'],
      ['cbc-sha256', 'ECDHE-RSA-AES128-SHA256'],
    ] as const
  ).map(([name, ciphers]) =>
    simple(`suite-${name}`, () => ({ leaf: keys('rsa-2048', 'leaf') }), {
      server: { maxVersion: 'TLSv1.2', ciphers: `${ciphers}:@SECLEVEL=0` },
    }),
  ),
  simple('suite-ecdsa-cbc', undefined, {
    server: { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0' },
  }),
];

const anchored: readonly Case[] = [
  {
    name: 'self-signed',
    make: () => ({ chains: [[ownLeaf()]], anchors: [root('Other Root').issued] }),
  },
  ...Object.entries({
    '': {},
    '-expired': expired(),
    '-for-clients': having(extendedKeyUsage(clientAuth)),
  }).map(
    ([name, more]): Case => ({
      name: `self-signed-and-trusted${name}`,
      make: () => {
        const own = ownLeaf(more);
        return { chains: [[own]], anchors: [own] };
      },
    }),
  ),
];

function ownLeaf(more: IssueOptions = {}): Issued {
  return selfSigned({ names: [defaultHost], ...valid(), ...more });
}

export const namedCases: readonly Case[] = [
  ...order,
  ...severalWays,
  ...single,
  ...names,
  ...kinds,
  ...anchored,
];
