/** Starts a rotation: chooses the key, and the domains that get it. */
import { keyTypeOf } from '../../core/key-type.ts';
import type { KeyType } from '../../core/observation.ts';
import type { Pin } from '../../core/pin.ts';
import { quote } from '../../core/quote.ts';
import { hostOfName } from '../../core/set-coverage.ts';
import type { AnswerOf } from '../../wire/exchange.ts';
import { unique } from '../probing-options.ts';
import { orUsageError, UsageError } from '../usage.ts';
import type { Client } from './client.ts';
import { Failure } from './failure.ts';
import { printable } from './printable.ts';
import { type Remote, readDomain } from './remote.ts';
import type { RotateOptions } from './rotate-options.ts';

type Plan = AnswerOf<'planRotation'>;

interface Key {
  readonly pin: Pin;
  readonly keyType: KeyType;
  readonly subject: string | null;
}

/** The id of the new rotation; null if none was wanted. */
export async function startFrom(
  remote: Remote,
  client: Client,
  account: string,
  domain: string,
  options: RotateOptions,
): Promise<string | null> {
  const { csr, newKey, keyType = null, abort, certificate, released } = options;
  if (abort || certificate !== undefined || released) {
    throw new Failure(`no rotation of ${domain} is in progress: start one with --new-key or --csr`);
  }
  const plan = async (key: Partial<Key>) => {
    const body = { domain, pin: key.pin ?? null, keyType: key.keyType ?? keyType };
    return (await client.call('planRotation', { params: { account }, body })).body;
  };
  if (csr !== undefined) {
    const key = await keyOf(remote, csr);
    const names = await domainsFor(remote, await plan(key), options);
    return start(client, account, domain, names, key, options.note ?? '');
  }
  const mayAsk = remote.confirm !== null && !options.json && !options.yes;
  if (newKey === undefined && !mayAsk) return null;
  const planned = await plan({});
  const file = typeof newKey === 'string' ? newKey : defaultFile(planned.host, remote.clock());
  if (newKey === undefined && !(await wantsKey(remote, planned, file))) return null;
  if (planned.keyType === 'eddsa') {
    throw new UsageError(
      '--new-key: makes ecdsa and rsa keys; make another one yourself, and give it with --csr',
    );
  }
  const names = await domainsFor(remote, planned, options);
  const key = makeKey(remote, file, planned.keyType, [planned.host, ...names.map(hostOfName)]);
  return start(client, account, domain, names, key, options.note ?? '');
}

async function wantsKey({ confirm, output }: Remote, plan: Plan, file: string): Promise<boolean> {
  if (confirm === null) return false;
  const old = plan.retires.length === 0 ? 'no pinned key' : plan.retires.map(printable).join(', ');
  output.stderr(`${printable(plan.domain)} presents ${old} (${plan.keyType}). No rotation is in progress.\n`);
  return confirm(`Start one with a new key, made here in ${file}?`);
}

async function start(
  client: Client,
  account: string,
  domain: string,
  names: readonly string[],
  { pin, keyType, subject }: Key,
  note: string,
): Promise<string> {
  const body = { domain, pin, keyType, with: names, subject, note };
  return (await client.call('startRotation', { params: { account }, body })).body.id;
}

async function keyOf(remote: Remote, file: string): Promise<Key> {
  const items = orUsageError(`--csr: ${quote(file)}`, await remote.serverKeys().readKeys(file));
  const [first] = items;
  const keyType = first === undefined ? null : keyTypeOf(first.key);
  if (first === undefined || keyType === null) {
    throw new UsageError(
      `--csr: ${quote(file)}: expected an EC, RSA or Ed25519 key, found ${first?.key ?? 'none'}`,
    );
  }
  return { pin: first.pin, keyType, subject: first.subject?.slice(0, 300) ?? null };
}

/** The key is written before anything is pinned: a pin without its key would be no way out. */
function makeKey(remote: Remote, file: string, keyType: 'ecdsa' | 'rsa', hosts: readonly string[]): Key {
  const { newServerKey, writeNewFile } = remote.serverKeys();
  const request = `${file.replace(/\.(?:key|pem)$/, '')}.csr`;
  const { privatePem, requestPem, pin, subject } = newServerKey(keyType, unique(hosts));
  const written = writeNewFile(file, privatePem, 0o600);
  if (!written.ok) {
    throw new UsageError(`--new-key: ${written.problem}; to start with the key that it holds: --csr ${file}`);
  }
  const requested = writeNewFile(request, requestPem, 0o644);
  if (!requested.ok)
    throw new UsageError(`--new-key: ${requested.problem}; the new key itself is in ${quote(file)}`);
  remote.output.stderr(
    [
      `The private key is in ${file}, for the server alone.`,
      `Its certificate request is in ${request}: send that to the certificate authority, but deploy nothing yet.`,
      '',
    ].join('\n'),
  );
  return { pin, keyType, subject: subject === '' ? null : subject };
}

function defaultFile(host: string, now: number): string {
  const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '');
  return `${host.replace(/[^a-z0-9.-]/gi, '_')}-${day}.key`;
}

/** The other domains that get the key. A certificate that is shared is replaced everywhere at once. */
async function domainsFor(
  { confirm, output }: Remote,
  { shared, domain }: Plan,
  { with: given = [], shared: all, alone, yes, json }: RotateOptions,
): Promise<readonly string[]> {
  const named = unique(given.map(readDomain)).filter((name) => name !== domain);
  if (all) return unique([...named, ...shared]);
  const others = shared.filter((name) => !named.includes(name));
  if (alone || named.length > 0 || others.length === 0) return named;
  const list = others.map(printable).join(', ');
  if (confirm === null || yes || json) {
    throw new UsageError(
      `${list} ${others.length === 1 ? 'presents' : 'present'} the same key: expected --shared, --with DOMAIN or --alone`,
    );
  }
  output.stderr(`The same key is presented by ${list}.\n`);
  return (await confirm('Do their servers get the new key too?')) ? others : [];
}
