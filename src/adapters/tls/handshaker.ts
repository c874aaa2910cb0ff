import { X509Certificate } from 'node:crypto';
import { noAppOffers } from '../../core/app-hello.ts';
import type { Failure } from '../../core/observation.ts';
import type { FailedHandshake, Handshake, HandshakeRequest, Handshaker } from '../../flow/handshaker.ts';
import { type Shown, shakeHands } from './connection.ts';
import { createContexts } from './contexts.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Hello } from './offers.ts';
import { direct, type Route } from './route.ts';

/**
 * Makes handshakes with node:tls, each on a fresh connection and never with a session: a resumed session shows no
 * certificates.
 */
export function createHandshaker(route: Route = direct): Handshaker {
  const contexts = createContexts();
  return {
    handshake(request, signal) {
      const startedAt = performance.now();
      const connect: Connect = (hello) => {
        const timeoutMs = Math.max(1, request.timeoutMs - (performance.now() - startedAt));
        const secureContext = contexts(request.offer, hello);
        return shakeHands({ ...request, route, secureContext, timeoutMs }, signal);
      };
      const attempt: Attempt = async (hello) => {
        const shown = await connect(hello);
        return shown.failure === null ? handshakeOf(shown, connect) : shown;
      };
      return request.breadth === 'app' ? asApps(request, attempt) : widely(attempt);
    },
  };
}

type Connect = (hello: Hello) => Promise<Shown | FailedHandshake>;
type Attempt = (hello: Hello) => Promise<Handshake | FailedHandshake>;

async function handshakeOf(
  { protocol, chain, suite, group, ending, isCertificateRequested }: Shown,
  connect: Connect,
): Promise<Handshake> {
  const isForWantOfCertificate =
    // In TLS 1.3 the server judges the client's certificate only after the handshake.
    protocol === 'TLSv1.2' &&
    ending?.isForWantOfCertificate === true &&
    (isCertificateRequested || (await requestsCertificate(connect)));
  const broken = isForWantOfCertificate ? null : (ending?.failure ?? null);
  const negotiated = { suite, group, sha1: false };
  return { failure: null, protocol, chain, fingerprint: fingerprintOf(chain), negotiated, broken };
}

/** OpenSSL hides a request that names no scheme of the hello, so every scheme is offered. */
async function requestsCertificate(connect: Connect): Promise<boolean> {
  const shown = await connect('requests');
  return shown.failure === null && shown.isCertificateRequested;
}

/**
 * A server may refuse the first hello although it has the key. Strict OpenSSL servers, and Java's with the key manager
 * PKIX, refuse an RSA leaf that an ECDSA authority signed if no ECDSA scheme is offered (RFC 5246, section 7.4.2). In
 * TLS 1.2 the suites pick the key, so every scheme can be offered. Only a server that supports TLS 1.3 alone has to be
 * asked for its preference. An ECDSA key needs none of this: the schemes of an RSA authority are offered from the
 * start.
 */
async function asApps({ offer }: HandshakeRequest, attempt: Attempt): Promise<Handshake | FailedHandshake> {
  const first = await attempt('app');
  if (first.failure === null || first.refused === null) return first;
  if (offer === 'ecdsa' || offer === 'any' || (offer === 'eddsa' && first.refused !== 'alert')) return first;
  const second = offer === 'rsa' ? await attempt('suites') : null;
  if (second?.failure === null) return second;
  if (second !== null && second.failure.code !== 'protocol_unsupported') return worse(first, second);
  const third = await attempt('preferring');
  if (third.failure !== null) return worse(first, third);
  const key = new X509Certificate(third.chain[0] ?? new Uint8Array()).publicKey.asymmetricKeyType ?? '';
  return keyTypesOf[offer].includes(key) ? third : worse(first, { failure: otherKey(key), refused: 'alert' });
}

const keyTypesOf: Readonly<Record<'rsa' | 'eddsa', readonly string[]>> = {
  rsa: ['rsa', 'rsa-pss'],
  eddsa: ['ed25519', 'ed448'],
};

function otherKey(key: string): Failure {
  return { code: 'tls_alert', message: `the server answers with a different kind of key (${key})` };
}

/** A refusal is only as good as its weakest part: a hello that was broken off might have been answered. */
function worse(first: FailedHandshake, next: FailedHandshake): FailedHandshake {
  return first.refused === 'alert' && next.refused !== 'alert' ? next : first;
}

/**
 * The answer closest to an app's hello: with a suite of apps if the server accepts one, and without SHA-1 if the server
 * can do better.
 */
async function widely(attempt: Attempt): Promise<Handshake | FailedHandshake> {
  const wide = await attempt('wide');
  if (wide.failure !== null) return wide;
  let best = wide;
  if (noAppOffers(wide.negotiated.suite)) {
    const closer = await attempt('schemes');
    if (closer.failure !== null) return closer.refused === 'alert' ? wide : closer;
    best = closer;
  }
  // In TLS 1.2 nothing is signed without a group (static RSA). In TLS 1.3 nothing is signed with SHA-1.
  if (best.protocol !== 'TLSv1.2' || best.negotiated.group === null) return best;
  const modern = await attempt('modern_schemes');
  if (modern.failure === null || modern.refused !== 'alert') return modern;
  return { ...best, negotiated: { ...best.negotiated, sha1: true } };
}
