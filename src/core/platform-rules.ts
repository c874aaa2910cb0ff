/**
 * What platforms refuse although the path is valid and the host name fits: the rules that differ between platforms, or
 * that no path validator checks. Each is listed once, with its source:
 *
 * - OkHttp: `ConnectionSpec.MODERN_TLS`, the cipher suites of OkHttp 3.13 and later, on Android.
 * - BoringSSL: `ssl/extensions.cc`, `kVerifySignatureAlgorithms` and `kDefaultGroups`; Conscrypt, Android's TLS
 *   provider, uses both.
 * - Conscrypt: `ChainStrengthAnalyzer`, which `TrustManagerImpl` applies to the path below the anchor.
 * - Apple hello: what the ClientHello of iOS 15 and later offers, as captured from Safari 17.
 * - Apple 103769: "Requirements for trusted certificates in iOS 13 and macOS 10.15", support.apple.com/103769.
 * - Apple Security: `SecPolicyServer.c`, open source: `SecPolicyCheckTemporalValidity` checks the dates of every
 *   certificate, including the anchor. Android does not check the anchor's.
 * - Apple ATS: "TLS security" in Apple Platform Security: App Transport Security, from which an app can define
 *   exceptions.
 *
 * Not here: the limit of 398 days on iOS (support.apple.com/102028) applies only to public authorities, which issue
 * shorter certificates anyway.
 */
import { appGroups, appSuites, isPhoneKey } from './app-hello.ts';
import type { Certificate } from './certificate.ts';
import { dateProblem } from './certificate-rules.ts';
import type { Seen } from './observation.ts';
import { subjectText } from './path-problem.ts';
import type { Platform } from './platforms.ts';

export interface PlatformRule {
  readonly platforms: readonly Platform[];
  /**
   * - `handshake`: not negotiated. If the same address has another kind of key, the platform gets that one.
   * - `certificates`: negotiated, then refused.
   * - `some_apps`: negotiated, but refused by old or strict apps only: a warning.
   */
  readonly kind: 'handshake' | 'certificates' | 'some_apps';
  /** What is wrong with the endpoint at `now` (milliseconds since the epoch), as a clause; null: nothing. */
  readonly problem: (seen: Seen, now: number) => string | null;
}

const everySuite: readonly string[] = Object.values(appSuites).flat();
/** Apple hello: these besides what all apps offer. */
const applesOwnSuites = ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA'];

const serverAuth = '1.3.6.1.5.5.7.3.1';
const dayMs = 86_400_000;
/** Apple 103769: required of leaves whose notBefore is after this day. */
const demandsSince = Date.parse('2019-07-01T00:00:00Z');
const longestDays = 825;

export const platformRules: readonly PlatformRule[] = [
  // OkHttp: no finite-field Diffie-Hellman, no CBC with SHA-2, no CBC with ECDSA keys, no CCM.
  { platforms: ['android'], kind: 'handshake', problem: suiteOutside(everySuite) },
  // Apple hello: iOS 15 dropped CBC with SHA-2.
  { platforms: ['ios'], kind: 'handshake', problem: suiteOutside([...everySuite, ...applesOwnSuites]) },
  // BoringSSL; Apple hello: neither names a scheme for EdDSA, P-521, RSA-PSS keys or any other curve.
  {
    platforms: ['android', 'ios'],
    kind: 'handshake',
    problem: ({ presented: [leaf] }) =>
      leaf === undefined || isPhoneKey(leaf.key) ? null : `the leaf's kind of key (${leaf.key})`,
  },
  // BoringSSL.
  { platforms: ['android'], kind: 'handshake', problem: groupOutside(appGroups) },
  // Apple hello.
  { platforms: ['ios'], kind: 'handshake', problem: groupOutside([...appGroups, 'P-521']) },
  // Conscrypt.
  {
    platforms: ['android'],
    kind: 'certificates',
    problem: (seen) => rsaBelow(1_024, belowAnchor(seen)),
  },
  // Conscrypt, which supports RSA keys and those on BoringSSL's curves. The leaf has a rule of its own.
  {
    platforms: ['android'],
    kind: 'certificates',
    problem: (seen) =>
      first(
        belowAnchor(seen).slice(1),
        ({ key }) => !/^(?:RSA \d+|EC P-(?:224|256|384|521))$/.test(key),
        ({ key }) => `has a key of an unsupported kind (${key})`,
      ),
  },
  // Apple 103769: "TLS server certificates and issuing CAs".
  {
    platforms: ['ios'],
    kind: 'certificates',
    problem: ({ path }) =>
      rsaBelow(
        2_048,
        path.certificates.map(({ certificate }) => certificate),
      ),
  },
  // Apple 103769: a hash of the SHA-2 family. No client checks the signature of an anchor.
  {
    platforms: ['ios'],
    kind: 'certificates',
    problem: (seen) =>
      first(
        belowAnchor(seen),
        ({ signature }) => / with (?:SHA-1|MD\d)$/.test(signature),
        ({ signature }) => `is signed with ${signature.replace(/^.* with /, '')}`,
      ),
  },
  // Apple 103769.
  {
    platforms: ['ios'],
    kind: 'certificates',
    problem: (seen) => {
      const leaf = demandingLeaf(seen);
      if (leaf === null || leaf.extendedKeyUsage?.includes(serverAuth)) return null;
      return leaf.extendedKeyUsage === null
        ? 'the leaf has no extended key usage, and serverAuth is required'
        : "the leaf's extended key usage lacks serverAuth";
    },
  },
  // Apple 103769: "825 days or fewer (as expressed in the NotBefore and NotAfter fields)".
  {
    platforms: ['ios'],
    kind: 'certificates',
    problem: (seen) => {
      const leaf = demandingLeaf(seen);
      const lasts = leaf === null ? 0 : leaf.notAfter - leaf.notBefore;
      if (lasts <= longestDays * dayMs) return null;
      return `the leaf is valid for ${Math.ceil(lasts / dayMs)} days, more than ${longestDays}`;
    },
  },
  // Apple Security. If there is another path, to a root that is valid, it uses that one.
  {
    platforms: ['ios'],
    kind: 'certificates',
    problem: ({ path: { certificates, others } }, now) => {
      const anchors = [certificates, ...others].flatMap((path) => path.at(-1) ?? []);
      const problems = anchors.map((anchor) => dateProblem(anchor, now));
      return problems.includes(null) ? null : (problems[0]?.message ?? null);
    },
  },
  // BoringSSL and Apple's stack are phasing it out: rsa_pkcs1_sha1 comes last in their lists, and Chrome leaves it out.
  {
    platforms: ['android', 'ios'],
    kind: 'some_apps',
    problem: ({ negotiated }) =>
      negotiated.sha1
        ? 'the server signs the key exchange only with SHA-1, so only old platforms connect'
        : null,
  },
  // Apple ATS.
  {
    platforms: ['ios'],
    kind: 'some_apps',
    problem: ({ negotiated: { suite } }) =>
      suite?.startsWith('TLS_RSA_WITH_')
        ? `${suite} has no forward secrecy, so only apps with an App Transport Security exception connect`
        : null,
  },
];

/** A suite of null is unknown, and breaks no rule. */
function suiteOutside(offered: readonly string[]): PlatformRule['problem'] {
  return ({ negotiated: { suite } }) =>
    suite === null || offered.includes(suite) ? null : `the cipher suite ${suite}`;
}

/** In TLS 1.2, the suite itself says that it uses finite-field Diffie-Hellman. */
function groupOutside(offered: readonly string[]): PlatformRule['problem'] {
  return ({ negotiated: { suite, group } }) =>
    group === null || offered.includes(group) || suite?.startsWith('TLS_DHE_')
      ? null
      : `a key exchange with ${group}`;
}

function rsaBelow(bits: number, certificates: readonly Certificate[]): string | null {
  const size = (certificate: Certificate) =>
    Number(/^RSA(?:-PSS)? (\d+)$/.exec(certificate.key)?.[1] ?? bits);
  return first(
    certificates,
    (certificate) => size(certificate) < bits,
    (certificate) => `has an RSA key of ${size(certificate)} bits, fewer than ${bits}`,
  );
}

/** The clause about the first certificate that is wrong; null if none is. */
function first(
  certificates: readonly Certificate[],
  isWrong: (certificate: Certificate) => boolean,
  what: (certificate: Certificate) => string,
): string | null {
  const wrong = certificates.find(isWrong);
  return wrong === undefined ? null : `${subjectText(wrong.subject)} ${what(wrong)}`;
}

function belowAnchor({ path: { certificates, anchored } }: Seen): readonly Certificate[] {
  const below = anchored && certificates.length > 1 ? certificates.slice(0, -1) : certificates;
  return below.map(({ certificate }) => certificate);
}

function demandingLeaf({ presented: [leaf] }: Seen): Certificate | null {
  return leaf !== undefined && leaf.notBefore > demandsSince ? leaf : null;
}
