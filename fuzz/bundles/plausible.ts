import { channel } from '../../verify/vectors/generator/bundle.ts';

/**
 * Why an accepted bundle should not have been, judged in another way than the verifier does: with JSON.parse and Node's own
 * base64. null if nothing speaks against it.
 */
export function problemOf(bundle: Buffer): string | null {
  const [keys = {}, configuration = {}] = bundle
    .toString('latin1')
    .split('\n')
    .map((line) => JSON.parse(Buffer.from(line.split('.')[1] ?? '', 'base64url').toString() || '{}'));
  const problems = [
    ...[keys, configuration].map(({ v, aud }) => (v === 1 && aud === channel ? null : 'v or aud')),
    count(keys.gen, 1) && count(keys.iat, 0) ? null : 'gen or iat of the statement',
    count(configuration.ver, 1) && count(configuration.iat, 0) ? null : 'ver or iat',
    count(configuration.exp, configuration.iat + 1) ? null : 'exp',
    Object.entries(configuration.domains).every(entryIsRight) ? null : 'an entry',
    (configuration.roots ?? []).every(isPin) ? null : 'roots',
    Object.keys(configuration.domains).length <= 1_000 ? null : 'too many domains',
  ];
  return problems.find((problem) => problem !== null) ?? null;
}

function count(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= least;
}

function entryIsRight([host, entry]: [string, unknown]): boolean {
  const { mode, pins = [], sub = false } = entry as { mode: unknown; pins?: unknown[]; sub?: unknown };
  const needsPins = mode === 'pins' || mode === 'observe';
  return (
    host === host.toLowerCase() &&
    isHostOfUrl(host) &&
    host.includes('.') &&
    (needsPins || mode === 'roots' || mode === 'off') &&
    pins.length <= 32 &&
    (!needsPins || pins.length > 0) &&
    pins.every(isPin) &&
    typeof sub === 'boolean'
  );
}

/** Labels that start with xn-- are not decoded by the verifier; a URL refuses some of them. */
function isHostOfUrl(host: string): boolean {
  return /(?:^|\.)xn--/.test(host) || new URL(`https://${host}`).hostname === host;
}

function isPin(value: unknown): boolean {
  const bytes = Buffer.from(String(value), 'base64');
  return typeof value === 'string' && bytes.length === 32 && bytes.toString('base64') === value;
}
