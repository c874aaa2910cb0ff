/** Puts a key statement into force: who may sign the configurations of an account from now on. */
import { fromBase64 } from '../../../verify/typescript/src/base64url.ts';
import { isPoint } from '../../../verify/typescript/src/p256.ts';
import { asciiBytes } from '../../../verify/typescript/src/utf8.ts';
import type { ConfigState } from '../../core/config-state.ts';
import { auditOf } from '../admin/audit-of.ts';
import { type Actor, done, type Outcome, refuse, unknownAccount } from '../admin/outcome.ts';
import { openStatement } from '../sign/certify.ts';
import type { PublishPorts } from './ports.ts';
import { renewConfigs } from './renew.ts';

export interface KeysRequest {
  /** The line of a key statement, or a whole bundle. */
  readonly statement: string;
  /** Root public keys as apps have them: base64 of 65-byte points. Left out: those on record. */
  readonly roots: readonly string[] | null;
}

/** Verified against the roots on record. The first statement brings roots and channel with it. */
export async function installKeys(
  account: string,
  { statement: text, roots: given }: KeysRequest,
  actor: Actor,
  ports: PublishPorts,
): Promise<Outcome<ConfigState>> {
  const { configStore, adminStore, subtle, clock } = ports;
  if ((await adminStore.account(account)) === null) return unknownAccount(account);
  const stored = await configStore.state(account);
  const now = stored?.value ?? null;
  const roots = now?.roots ?? given ?? [];
  if (now !== null && given !== null && !isSame(given, now.roots)) {
    return refuse(
      'unprocessable',
      'the roots on record are others: installed apps know only those. Other roots are another channel, in an account of its own',
    );
  }
  if (roots.length === 0) {
    return refuse(
      'unprocessable',
      'roots: expected 1 to 3, as the apps have them, with the first key statement',
    );
  }
  const points = roots.map((root) => fromBase64(root));
  const bad = points.findIndex((point) => point === null || !isPoint(point));
  if (bad !== -1)
    return refuse('unprocessable', `roots[${bad}]: expected the base64 of a point of P-256, 65 bytes`);
  if (/[^\x20-\x7e\n]/.test(text)) return refuse('unprocessable', 'statement: expected ASCII');
  const opened = await openStatement(
    asciiBytes(text),
    points.flatMap((point) => point ?? []),
    subtle,
  );
  if (!opened.ok) return refuse('unprocessable', `statement: ${opened.problem}`);
  const { line, statement } = opened.value;
  if (now !== null && statement.audience !== now.channel) {
    const detail = `statement: expected channel ${now.channel}, which the apps have built in, found ${statement.audience}`;
    return refuse('unprocessable', detail);
  }
  if (now !== null && statement.generation < now.generation) {
    const detail = `statement: expected generation ${now.generation} or higher, found ${statement.generation}`;
    return refuse('unprocessable', detail);
  }
  if (now !== null && line === now.statement) return done(now);
  if (now !== null && statement.generation === now.generation) {
    const detail = `statement: another one of generation ${now.generation} is in force: certify again, with --after it`;
    return refuse('unprocessable', detail);
  }
  const next: ConfigState = {
    ...(now ?? { channel: statement.audience, roots, published: null, served: null, revoked: [] }),
    statement: line,
    generation: statement.generation,
  };
  const detail = `generation ${statement.generation}; ${statement.keys.length} signing keys`;
  const audit = auditOf('config_keys_installed', account, detail, actor, clock());
  const saved = await configStore.save(account, stored?.text ?? null, { state: next, audit });
  if (saved === 'taken') {
    return refuse('unprocessable', `statement: channel ${statement.audience} belongs to another account`);
  }
  if (saved === 'conflict') return refuse('stale', 'the keys were changed meanwhile: repeat the request');
  // What is published is signed again at once, so that a stolen key is outranked.
  await renewConfigs([account], ports);
  return done(next);
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}
