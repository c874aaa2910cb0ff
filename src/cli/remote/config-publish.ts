/** Checks and publishes, and tells first what that does to the apps. */
import { installsOf, lastWholeDay } from '../../core/adoption.ts';
import { plural } from '../../core/plural.ts';
import type { BodyOf } from '../../wire/exchange.ts';
import { exitStatus } from '../usage.ts';
import type { Client } from './client.ts';
import { type Checked, checkedText, overridesOf } from './config-text.ts';
import { Failure } from './failure.ts';
import { printable, printableJson } from './printable.ts';
import { type CommonOptions, confirmed, domainsOf, type Remote } from './remote.ts';

export interface PublishOptions extends CommonOptions {
  readonly note?: string;
  readonly force?: boolean;
  readonly allowUnpin?: readonly string[];
  readonly yes?: boolean;
}

/** The server probes every endpoint before it answers. */
const checkTimeoutMs = 310_000;

export async function checked(
  client: Client,
  account: string,
  body: BodyOf<'checkConfig'>,
): Promise<Checked> {
  const request = { params: { account }, body, timeoutMs: checkTimeoutMs };
  return (await client.call('checkConfig', request)).body;
}

/** Publishes a candidate after showing it. `isEmergency`: whatever was found. */
export async function publish(
  remote: Remote,
  client: Client,
  account: string,
  candidate: Checked,
  options: PublishOptions,
  isEmergency = false,
): Promise<number> {
  const { output } = remote;
  const { force = false, note = '', allowUnpin = [] } = options;
  const shown = printable(candidate);
  if (!options.json) output.stdout(checkedText(shown, output.colour, isEmergency));
  // In an emergency, to publish is what revokes: an earlier version may have the pin, or the next draft.
  if (!isEmergency && candidate.changes.length === 0 && candidate.findings.length === 0) {
    output.stderr('Nothing to publish.\n');
    return exitStatus.ok;
  }
  const left = candidate.findings.filter(
    ({ override, host }) =>
      override === 'nothing' || (override === 'force' ? !force : !allowUnpin.includes(host)),
  );
  if (left.length > 0 || (candidate.findings.length > 0 && note.trim() === '')) {
    const lines = left.map(({ host, domain, message }) => `${domain ?? host}: ${message}`);
    const way = `To do it anyway: ${overridesOf(candidate.findings).join(' ')}`;
    throw new Failure(
      [...lines.map(printable), 'Refused; nothing was published.', way].join('\n'),
      exitStatus.appsFail,
    );
  }
  const question = `Publish version ${candidate.version} of ${account}?`;
  if (!(await confirmed(remote, options, question))) return exitStatus.undetermined;
  const body = { candidate: candidate.candidate, note, force, allowUnpin };
  const published = await client.call('publishConfig', { params: { account }, body });
  if (options.json) output.stdout(`${printableJson(published.body)}\n`);
  else output.stdout(`version ${published.body.version} is published\n`);
  return exitStatus.ok;
}

/**
 * A key is compromised: one command from knowing it to apps that refuse it. The pin is left out of every entry, whatever
 * the guard finds, and taken out of the registry, so that it neither comes back nor counts as a match.
 */
export async function publishEmergency(
  remote: Remote,
  client: Client,
  account: string,
  pins: readonly `sha256/${string}`[],
  options: PublishOptions,
): Promise<number> {
  const { output } = remote;
  const { note = '' } = options;
  const candidate = await checked(client, account, { without: pins });
  const hosts = candidate.changes.filter(({ removed }) => removed.some((pin) => pins.includes(pin)));
  const broken = candidate.findings.filter(({ code }) => code === 'would_mismatch');
  const active = await activeInstalls(client, account, remote.clock());
  output.stderr(
    [
      `Apps will refuse ${pins.map(printable).join(', ')} ${hosts.length === 0 ? 'from now on; what is published has it for no host' : `for ${hosts.map(({ host }) => printable(host)).join(', ')}`}.`,
      `Active apps${active} have it within 5 minutes, others at their next start or mismatch.`,
      ...broken.map(({ domain, host, message }) => printable(`It breaks ${domain ?? host}: ${message}.`)),
      ...(broken.length > 0
        ? ['Apps reach these again once their certificates have another pinned key.']
        : []),
      '',
    ].join('\n'),
  );
  // The rest of the draft has waited for its own decision: what it takes away from other hosts is not part of this one.
  const concerned = new Set(hosts.map(({ host }) => host));
  const unpins = candidate.findings.flatMap(({ override, host }) =>
    override === 'allow_unpin' && concerned.has(host) ? [host] : [],
  );
  const forced = { ...options, note, force: true, allowUnpin: [...(options.allowUnpin ?? []), ...unpins] };
  const status = await publish(remote, client, account, candidate, forced, true);
  if (status !== exitStatus.ok) return status;
  await takeOut(remote, client, account, pins, note);
  return exitStatus.ok;
}

/** ` (1,200 installs on 2026-11-26)`; nothing if none were counted. */
async function activeInstalls(client: Client, account: string, now: number): Promise<string> {
  const { days } = (await client.call('showAdoption', { params: { account } })).body;
  const whole = lastWholeDay(days, now);
  return whole === null ? '' : ` (${plural(installsOf(whole), 'install')} on ${whole.day})`;
}

/** Out of the registry too: a server that still has the key is a mismatch from now on, and told. */
async function takeOut(
  { output }: Remote,
  client: Client,
  account: string,
  revoked: readonly `sha256/${string}`[],
  note: string,
): Promise<void> {
  let changed = 0;
  for (const { name, provisionedBy } of await domainsOf(client, account)) {
    const params = { account, domain: name };
    const { body, etag } = await client.call('listPins', { params });
    const kept = body.pins.map(({ pin }) => pin).filter((pin) => !revoked.includes(pin));
    if (kept.length === body.pins.length) continue;
    if (provisionedBy !== null) {
      output.stderr(`${printable(name)}: take the pin out of the file ${printable(provisionedBy)}, too\n`);
      continue;
    }
    await client.call('replacePins', { params, body: { pins: kept, note, force: true }, ifMatch: etag });
    changed += 1;
  }
  if (changed > 0) output.stderr(`taken out of the pins of ${plural(changed, 'domain')}\n`);
}
