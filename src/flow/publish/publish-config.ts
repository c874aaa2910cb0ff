/** Publishes what was checked: signs it, verifies it as an app would, and stores it if nobody was faster. */
import { fromBase64 } from '../../../verify/typescript/src/base64url.ts';
import { verifyBundle } from '../../../verify/typescript/src/bundle.ts';
import { asciiBytes } from '../../../verify/typescript/src/utf8.ts';
import { rfc3339 } from '../../core/clock.ts';
import { fieldOf } from '../../core/config-field.ts';
import {
  type Candidate,
  type ConfigState,
  type ConfigVersion,
  candidateKeptMs,
  isNewer,
  type ServedTuple,
} from '../../core/config-state.ts';
import { undatedPayload } from '../../core/configuration-payload.ts';
import { type GuardFinding, overrides, standing } from '../../core/publish-guard.ts';
import { isRecent } from '../../core/stored-time.ts';
import { activeDevices } from '../../core/unpinned-device.ts';
import { configurationOf, entriesOf } from '../../core/version-payload.ts';
import { auditOf } from '../admin/audit-of.ts';
import { type Actor, done, type Outcome, type Refused, refuse, unknownAccount } from '../admin/outcome.ts';
import { openStatement } from '../sign/certify.ts';
import { makeBundle } from '../sign/make-bundle.ts';
import { SigningProblem } from '../sign/signer.ts';
import { hostsOf } from './check-config.ts';
import type { PublishPorts } from './ports.ts';
import { noKeys, readBasis } from './read-draft.ts';

export interface PublicationRequest {
  /** The id of what was checked. */
  readonly candidate: string;
  readonly note: string;
  readonly force: boolean;
  /** Hosts whose keys apps may check less. */
  readonly allowUnpin: readonly string[];
  /** The candidate's payload, signed elsewhere; null: pinwatch signs. */
  readonly bundle: string | null;
}

export interface PublishedConfig {
  readonly version: ConfigVersion;
  readonly served: ServedTuple;
}

export async function publishConfig(
  account: string,
  request: PublicationRequest,
  actor: Actor,
  ports: PublishPorts,
): Promise<Outcome<PublishedConfig>> {
  const { configStore, adminStore, clock, journal } = ports;
  if ((await adminStore.account(account)) === null) return unknownAccount(account);
  const [candidate, basis] = await Promise.all([
    configStore.candidate(account, request.candidate),
    readBasis(account, ports),
  ]);
  const { state } = basis;
  if (state === null) return noKeys;
  const now = clock();
  if (candidate === null || !isRecent(candidate.checkedAt, now, candidateKeptMs)) return expired;
  if ((state.value.published?.version ?? 0) >= candidate.version) return overtaken;
  const findings = [
    ...candidate.findings.filter(({ code }) => code !== 'not_registered'),
    ...unwatched(candidate, hostsOf(basis)),
  ];
  const refusal = guarded(findings, request);
  if (refusal !== null) return refusal;

  const text =
    request.bundle === null
      ? await signed(account, candidate, state.value, ports)
      : await signedElsewhere(request.bundle, candidate, state.value, ports);
  if (!text.ok) {
    journal({ kind: 'config_failed', account, reason: text.refusal.detail, again: false });
    return text;
  }
  const { bundle, served, statement } = text.value;
  const at = rfc3339(now);
  const overridden = findings
    .filter(({ code }) => overrides[code] !== 'nothing')
    .map(({ code, host }) => `${code} ${host}`);
  const version: ConfigVersion = {
    ...{ version: candidate.version, digest: candidate.digest, payload: candidate.payload },
    ...{ note: request.note, by: actor.name, at, overridden, restored: candidate.restored },
  };
  const next: ConfigState = {
    ...state.value,
    ...statement,
    published: { version: version.version, digest: version.digest, signedElsewhere: request.bundle !== null },
    served,
    field: fieldOf([version, ...(await configStore.versions(account))], version.version, {
      ...{ now, fieldForMs: ports.fieldForMs },
    }).map((one) => one.version),
    revoked: [...new Set([...state.value.revoked, ...candidate.without])],
  };
  const audit = auditOf('config_published', account, describe(version, candidate, request), actor, now);
  const saved = await configStore.save(account, state.text, {
    ...{ state: next, bundle, version, audit, resolve: true },
  });
  if (saved !== 'stored') return overtaken;
  await ports.changed(account);
  await ports.resolveSets(account);
  journal({ kind: 'config_published', account, version: version.version, by: actor.name, renewed: false });
  return done({ version, served });
}

/** Hosts that nothing watches now, whether or not that was so when it was checked. */
function unwatched({ payload, findings }: Candidate, registered: ReadonlySet<string>): GuardFinding[] {
  const gone = [...entriesOf(payload).keys()].filter((host) => !registered.has(host));
  return gone.map((host) => {
    const known = findings.find((one) => one.code === 'not_registered' && one.host === host);
    const message = 'it was removed since the check';
    return known ?? { code: 'not_registered', host, domain: null, message };
  });
}

const expired = refuse(
  'stale',
  'what was checked is unknown, or older than 15 minutes: check again, then publish that',
);
const overtaken = refuse('stale', 'something was published since the check: check again, then publish that');

/** At most so many findings in one sentence. */
const mostTold = 8;

function guarded(
  findings: readonly GuardFinding[],
  { force, note, allowUnpin }: PublicationRequest,
): Refused | null {
  const left = standing(findings, { force, allowUnpin });
  const shown = left.slice(0, mostTold).map(({ host, domain, message }) => `${domain ?? host}: ${message}`);
  const more = left.length > mostTold ? [`and ${left.length - mostTold} more`] : [];
  if (left.length > 0) return refuse('guarded', [...shown, ...more].join('; '));
  if (findings.length === 0 || note.trim() !== '') return null;
  return refuse('guarded', 'to publish in spite of what the check found, give the reason in a note');
}

function describe(
  { version, digest, note, overridden, restored }: ConfigVersion,
  { without }: Candidate,
  { bundle }: PublicationRequest,
): string {
  return [
    `version ${version}`,
    `digest ${digest}`,
    ...(restored === null ? [] : [`as version ${restored}`]),
    ...(bundle === null ? [] : ['signed elsewhere']),
    ...(without.length > 0 ? [`revoked ${without.join(', ')}`] : []),
    ...(overridden.length > 0 ? [`in spite of ${overridden.join(', ')}`] : []),
    ...(note === '' ? [] : [`note: ${note}`]),
  ].join('; ');
}

export interface SignedText {
  readonly bundle: string;
  readonly served: ServedTuple;
  /** The key statement of the text, if it is a newer one. */
  readonly statement: Partial<Pick<ConfigState, 'statement' | 'generation'>>;
}

export function rootPoints({ roots }: Pick<ConfigState, 'roots'>): Uint8Array[] {
  return roots.flatMap((root) => fromBase64(root) ?? []);
}

/**
 * Signs a payload with new dates, later than those of any text before, and verifies it as an app would. Refused if apps
 * have something newer: it would reach none of them.
 */
export async function signed(
  account: string,
  { payload }: Pick<ConfigVersion, 'payload'>,
  state: ConfigState,
  { signer, subtle, clock, validForMs, held }: PublishPorts,
): Promise<Outcome<SignedText>> {
  const key = signer(account);
  if (!key.ok) return refuse('unprocessable', key.problem);
  const before = Math.max(state.served?.issuedAt ?? 0, held(state.channel)?.issuedAt ?? 0);
  const issuedAt = Math.max(Math.floor(clock() / 1_000), before + 1);
  const expiresAt = issuedAt + Math.floor(validForMs / 1_000);
  const roots = rootPoints(state);
  try {
    const opened = await openStatement(asciiBytes(state.statement), roots, subtle);
    if (!opened.ok) return refuse('unprocessable', opened.problem);
    const { keys } = opened.value.statement;
    const content = configurationOf(payload, { issuedAt, expiresAt });
    const devices = activeDevices(state.devices, clock()).map(({ hash, until, domains }) => ({
      hash,
      until,
      domains,
    }));
    const configuration = { ...content, devices: [...content.devices, ...devices] };
    const made = await makeBundle(state.statement, keys, configuration, key.value, roots, subtle);
    const { generation, version } = made.bundle.held;
    const served = { generation, version, issuedAt, expiresAt };
    const newest = held(state.channel);
    if (newest !== null && isNewer(newest, served)) return overtakenBy(newest, generation);
    return done({ bundle: new TextDecoder().decode(made.bytes), served, statement: {} });
  } catch (error) {
    if (!(error instanceof SigningProblem)) throw error;
    return refuse('unprocessable', `it can't be signed: ${error.message}`);
  }
}

function overtakenBy({ generation, version }: ServedTuple, stored: number): Refused {
  const what =
    generation > stored ? 'put its key statement into force again ("pinwatch config keys")' : 'publish again';
  return refuse(
    'unprocessable',
    `apps get version ${version} of generation ${generation}, which the store does not have, as after restoring a backup: ${what}`,
  );
}

/** A bundle from another machine: exactly the candidate, and acceptable to apps that hold what is served now. */
async function signedElsewhere(
  bundle: string,
  candidate: Candidate,
  state: ConfigState,
  { subtle, held, digest }: PublishPorts,
): Promise<Outcome<SignedText>> {
  const trust = { roots: rootPoints(state), audience: state.channel };
  if (/[^\x20-\x7e\n]/.test(bundle)) return refuse('unprocessable', 'bundle: expected ASCII');
  const before = held(state.channel) ?? state.served;
  const stored = before === null ? null : { ...before, keys: '', configuration: '' };
  const found = await verifyBundle(asciiBytes(bundle), trust, stored, subtle);
  if (found.bundle === null) {
    return refuse('unprocessable', `bundle: apps would refuse it: ${found.outcome}: ${found.detail}`);
  }
  const { configuration, held: tuple } = found.bundle;
  const { issuedAt, expiresAt } = configuration;
  // Devices are named where it is signed, and change what no other device asks.
  if (digest(undatedPayload({ ...configuration, devices: [] })) !== candidate.digest) {
    return refuse('unprocessable', 'bundle: expected exactly what was checked, found something else');
  }
  const [line = ''] = bundle.split('\n');
  const served = { generation: tuple.generation, version: tuple.version, issuedAt, expiresAt };
  const statement = { statement: `${line}\n`, generation: tuple.generation };
  return done({ bundle, served, statement });
}
