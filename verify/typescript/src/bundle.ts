/**
 * A bundle is what a server gives to apps: two lines, the key statement that a root has signed, and the configuration that
 * one of its keys has signed. Nothing here reads a clock: no acceptance depends on the time.
 */
import { type Configuration, readEntries, readHead } from './configuration.ts';
import { type KeyStatement, readKeyStatement } from './key-statement.ts';
import { openLine, readLines } from './line.ts';
import { namedKey } from './public-key.ts';
import { Refusal, type RefusalCode } from './refusal.ts';
import { compareTuples, type Tuple } from './tuple.ts';
import type { Subtle } from './web-crypto.ts';

/** What an app has built in. */
export interface Trust {
  /** Root public keys: 65-byte points, 04 X Y. */
  readonly roots: readonly Uint8Array[];
  /** The channel id. */
  readonly audience: string;
}

/** What a client remembers of the bundle that it has accepted last. */
export interface Held extends Tuple {
  /** The payload of the key statement, in base64url as it stands in the bundle. */
  readonly keys: string;
  /** The payload of the configuration, likewise. */
  readonly configuration: string;
}

export interface VerifiedBundle {
  readonly held: Held;
  readonly statement: KeyStatement;
  readonly configuration: Configuration;
  /** The `kid` of the root that has signed the key statement. */
  readonly root: string;
  /** The `kid` of the key that has signed the configuration. */
  readonly key: string;
}

export type Verification =
  | { readonly outcome: 'accepted' | 'unchanged'; readonly bundle: VerifiedBundle }
  | { readonly outcome: RefusalCode; readonly bundle: null; readonly detail: string };

/**
 * Verifies a bundle against what the app has built in, and against what it holds already. Throws only for roots that are no
 * keys.
 */
export async function verifyBundle(
  bundle: Uint8Array,
  trust: Trust,
  held: Held | null,
  subtle: Subtle,
): Promise<Verification> {
  const roots = await Promise.all(trust.roots.map((point) => namedKey(subtle, point)));
  try {
    const [first, second] = readLines(bundle);
    const stated = await openLine(subtle, first, 'pin-keys+jwt', roots, 'unknown_root');
    const statement = readKeyStatement(stated.claims);
    checkAudience(first.place, statement.audience, trust);
    const keys = await Promise.all(statement.keys.map((point) => namedKey(subtle, point)));
    const configured = await openLine(subtle, second, 'pin-config+jwt', keys, 'unknown_key');
    const head = readHead(configured.claims);
    checkAudience(second.place, head.audience, trust);
    const configuration = readEntries(configured.claims, head);
    const { generation } = statement;
    const { version, issuedAt } = head;
    const payloads = { keys: first.payloadText, configuration: second.payloadText };
    const verified = {
      held: { generation, version, issuedAt, ...payloads },
      statement,
      configuration,
      root: stated.kid,
      key: configured.kid,
    };
    return { outcome: held === null ? 'accepted' : compareWithHeld(verified.held, held), bundle: verified };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { outcome: error.code, bundle: null, detail: error.detail };
  }
}

function checkAudience(place: string, found: string, { audience }: Trust): void {
  if (found !== audience) {
    throw new Refusal('wrong_audience', `${place}: expected channel ${audience}, found ${found}`);
  }
}

function compareWithHeld(found: Held, held: Held): 'accepted' | 'unchanged' {
  const order = compareTuples(found, held);
  if (order > 0) return 'accepted';
  if (order < 0) throw new Refusal('rollback', `expected ${shown(held)} or higher, found ${shown(found)}`);
  // Signatures of the same text differ from server to server, so they are not compared.
  if (found.keys === held.keys && found.configuration === held.configuration) return 'unchanged';
  throw new Refusal('conflict', `another text with the same ${shown(held)}`);
}

function shown({ generation, version, issuedAt }: Tuple): string {
  return `generation ${generation}, version ${version}, issued at ${issuedAt}`;
}
