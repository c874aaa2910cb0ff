/** Letters as the service writes them: real shapes, made-up names. */
import { createHash } from 'node:crypto';
import type { Check, CheckedEndpoint, PresentedCertificate } from '../../../src/core/check.ts';
import type { Finding } from '../../../src/core/finding.ts';
import type { Transition } from '../../../src/core/incident.ts';
import type { Pin } from '../../../src/core/pin.ts';
import type { Letter } from '../../../src/flow/mailer.ts';

const createdAt = Date.parse('2026-11-22T04:22:54Z');

export function pin(name: string): Pin {
  return `sha256/${createHash('sha256').update(name).digest('base64')}`;
}

export const pins = { primary: pin('primary'), backup: pin('backup'), rogue: pin('rogue') };

export function certificate(subject: string, issuer: string, key: Pin, notAfter = '2027-01-20T04:10:54Z') {
  const made: PresentedCertificate = {
    pin: key,
    subject,
    issuer,
    notBefore: '2026-10-22T04:10:54Z',
    notAfter,
    certificateSha256: createHash('sha256').update(`${subject}${key}${notAfter}`).digest('hex'),
    key: 'EC P-256',
  };
  return made;
}

const intermediateName = "CN=E7,O=Let's Encrypt,C=US";
const rootName = 'CN=ISRG Root X1,O=Internet Security Research Group,C=US';
const intermediate = certificate(intermediateName, rootName, pin('E7'), '2027-03-12T23:59:59Z');

/** An endpoint that presents this leaf key under a public intermediate. */
export function endpoint(
  address: string,
  leafPin: Pin,
  more: Partial<CheckedEndpoint> = {},
): CheckedEndpoint {
  const leaf = certificate('CN=api.example.com', intermediateName, leafPin);
  const matched = leafPin === pins.primary ? { pin: leafPin, position: 'leaf' as const } : null;
  return {
    address,
    keyType: 'ecdsa',
    verdict: matched ? 'match' : 'mismatch',
    protocol: 'TLSv1.3',
    durationMs: 41,
    presented: [leaf, intermediate],
    path: [
      { pin: leaf.pin, subject: leaf.subject, from: 'presented' },
      { pin: intermediate.pin, subject: intermediate.subject, from: 'presented' },
      { pin: pin('X1'), subject: rootName, from: 'trust-store' },
    ],
    trusted: true,
    trustError: null,
    matched,
    failure: null,
    ...more,
  };
}

export function failedEndpoint(
  address: string | null,
  code: 'connection_refused' | 'dns_not_found',
): CheckedEndpoint {
  const message = code === 'dns_not_found' ? 'the name does not exist' : 'the server refused the connection';
  return endpoint(address ?? '', pins.rogue, {
    address,
    verdict: 'inconclusive',
    protocol: null,
    presented: [],
    path: [],
    trusted: false,
    failure: { code, message },
  });
}

export function check(
  endpoints: readonly CheckedEndpoint[],
  findings: readonly Finding[] = [],
  more: Partial<Check> = {},
): Check {
  const seen = (wanted: Pin) => endpoints.some(({ path }) => path.some((entry) => entry.pin === wanted));
  const verdict = endpoints.some((one) => one.verdict === 'mismatch')
    ? 'mismatch'
    : endpoints.some((one) => one.verdict === 'match')
      ? 'match'
      : 'inconclusive';
  return {
    host: 'api.example.com',
    port: 443,
    verdict,
    pins: [pins.primary, pins.backup].map((one) => ({ pin: one, seen: seen(one) })),
    findings,
    endpoints,
    ...more,
  };
}

export const mismatchFinding: Finding = {
  code: 'pin_mismatch',
  severity: 'critical',
  message: 'no pinned key is on the validated path of any endpoint (2 endpoints judged)',
};

export function transition(more: Partial<Transition> = {}): Transition {
  return {
    incident: 'mhx3k9a0-1a2b3c',
    kind: 'pin_mismatch',
    transition: 'opened',
    severity: 'critical',
    domain: 'api.example.com',
    since: '2026-11-22T04:10:54Z',
    at: '2026-11-22T04:22:20Z',
    check: check([endpoint('192.0.2.10', pins.rogue), endpoint('192.0.2.11', pins.rogue)], [mismatchFinding]),
    ...more,
  };
}

export function letter(transitions: readonly Transition[], more: Partial<Letter> = {}): Letter {
  return {
    id: 'acme-mhx3k9a0-1',
    account: 'acme',
    recipients: ['devops@example.com', 'oncall@example.com'],
    everyone: ['devops@example.com', 'oncall@example.com'],
    transitions,
    createdAt,
    sentAt: createdAt,
    ...more,
  };
}

/** `count` domains that break together, as when a CDN moves to another authority. */
export function burst(count: number): Transition[] {
  return Array.from({ length: count }, (_, index) => {
    const host = `api-${String(index).padStart(3, '0')}.shop.example.com`;
    const leaf = pin(`burst-${index}`);
    const endpoints = ['192.0.2.10', '192.0.2.11'].map((address) => endpoint(address, leaf));
    return transition({
      incident: `mhx3k9a0-${index}`,
      domain: host,
      check: check(endpoints, [mismatchFinding], { host }),
    });
  });
}
