import type { Check } from '../../core/check.ts';
import type { Transition } from '../../core/incident.ts';
import { isDigest, isOfConfig, isOfDomain, isOfWatch, type Notice } from '../../core/notice.ts';

/** Mail servers commonly refuse messages over 10 MB, and base64 adds a third. */
export const jsonLimit = 5_000_000;

/** What is left out of a check, starting with nothing. */
const abridgements: readonly ((check: Check) => Check)[] = [
  (check) => check,
  (check) => ({
    ...check,
    endpoints: check.endpoints.map((endpoint) => ({ ...endpoint, presented: [], path: [] })),
  }),
  (check) => ({ ...check, endpoints: [] }),
];

/**
 * The part for other systems: always every transition, one per line. If that takes more than `limit` bytes, the
 * endpoints of later transitions lose `presented` and `path`, then are left out. `abridged` counts the transitions
 * affected; it is present only then. The most severe findings and the verdicts are never left out.
 *
 * What is about the signed configuration or pinwatch itself, and the digest, have no domain and no check. Each has its own list,
 * which is left out if it is empty: readers of `transitions` never meet it.
 */
export function machinePart(account: string, notices: readonly Notice[], limit = jsonLimit): string {
  const transitions = notices.filter(isOfDomain);
  const others = [
    listOf('configTransitions', notices.filter(isOfConfig)),
    listOf('watchTransitions', notices.filter(isOfWatch)),
    listOf('digests', notices.filter(isDigest)),
  ].join('');
  const least = transitions.map((transition) => Buffer.byteLength(line(transition, abridgements.length - 1)));
  let spare = limit - Buffer.byteLength(others) - least.reduce((sum, bytes) => sum + bytes + 2, 200);
  let abridged = 0;
  const lines = transitions.map((transition, index) => {
    const levels = abridgements.map((_, level) => line(transition, level));
    const floor = least[index] ?? 0;
    const level = levels.findIndex((text) => Buffer.byteLength(text) - floor <= spare);
    const chosen = levels[level] ?? levels.at(-1) ?? '';
    spare -= Buffer.byteLength(chosen) - floor;
    if (chosen !== levels[0]) abridged += 1;
    return chosen;
  });
  const head = `"version":1,"account":${JSON.stringify(account)}`;
  const note = abridged > 0 ? `,"abridged":${abridged}` : '';
  return `{${head},"transitions":[\n${lines.join(',\n')}\n]${others}${note}}\n`;
}

/** A member of the object, with the comma before it; '' if there are none. */
function listOf(name: string, notices: readonly Notice[]): string {
  if (notices.length === 0) return '';
  return `,"${name}":[\n${notices.map((notice) => JSON.stringify(notice)).join(',\n')}\n]`;
}

/** Exactly the keys that the contract names, in its order; and `flapping` if it does. */
function line(transition: Transition, level: number): string {
  const { incident, kind, transition: what, severity, domain, since, check, flapping } = transition;
  const shortened = abridgements[level]?.(check) ?? check;
  return JSON.stringify({
    incident,
    kind,
    transition: what,
    severity,
    domain,
    since,
    check: shortened,
    flapping,
  });
}
