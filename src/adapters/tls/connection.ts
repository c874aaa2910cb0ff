/**
 * One TCP connection and the TLS handshake on it.
 *
 *   connecting ──connected──▶ shaking hands ──chain read──▶ shaking hands, chain kept ──▶ settled
 *
 * From any state an error, the state's deadline or the caller's signal leads to `settled`, which happens once and
 * closes everything. Once the chain is read it is in the result, with whatever ended the handshake: a TLS 1.2 server
 * that requires a client certificate answers with an alert and never reaches `secureConnect`.
 */
import { connect as connectTcp, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  type ConnectionOptions,
  connect as connectTls,
  type SecureContext,
  type TLSSocket,
  type TLSSocketOptions,
} from 'node:tls';
import type { Failure } from '../../core/observation.ts';
import type { FailedHandshake } from '../../flow/handshaker.ts';
import { onAbort } from '../../flow/on-abort.ts';
import { startDeadline } from './deadline.ts';
import {
  connectFailure,
  connectionTimeout,
  type Ending,
  flooded,
  handshakeFailure,
  handshakeTimeout,
  noCertificate,
} from './failures.ts';
import { readSuite } from './negotiated.ts';
import { forgoVerification, hasCertificate, type Presented, readPresented } from './presented-chain.ts';
import type { Route } from './route.ts';
import { sentChain } from './wire/sent-chain.ts';
import { tap } from './wire/tap.ts';

export interface ConnectionRequest {
  readonly address: string;
  readonly port: number;
  readonly host: string;
  readonly secureContext: SecureContext;
  readonly alpn: readonly string[];
  readonly route: Route;
  readonly connectTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  /** For both together. */
  readonly timeoutMs: number;
}

/** A connection that showed a chain. */
export interface Shown extends Presented {
  readonly failure: null;
  /** Null if the connection is gone, or if the server ended the handshake before the client answered (TLS 1.2). */
  readonly suite: string | null;
  /** What ended the handshake; null: it completed. */
  readonly ending: Ending | null;
}

/** OpenSSL takes at most 100 KB of certificates; all the rest of a handshake is a few KB. */
const maxHandshakeBytes = 1024 * 1024;
/** What arrives between two checks is bounded by what the server can send in this time. */
const floodCheckMs = 50;

/** A `close_notify` alert in the clear (RFC 8446, section 6.1). */
const closeNotify = Uint8Array.of(0x15, 0x03, 0x03, 0x00, 0x02, 0x01, 0x00);

/** Rejects only with the signal's reason. */
export function shakeHands(
  request: ConnectionRequest,
  signal: AbortSignal,
): Promise<Shown | FailedHandshake> {
  const { address, port, route, connectTimeoutMs, handshakeTimeoutMs, timeoutMs } = request;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const startedAt = performance.now();
    let settled = false;
    let tls: TLSSocket | undefined;
    let read: Presented | Failure | null = null;
    let floodCheck: NodeJS.Timeout | undefined;
    /** What opens the server's flight in TLS 1.3. */
    let secret: Buffer | null = null;
    let received: () => Buffer | null = () => null;

    /** `isTaken`: OpenSSL has taken the server's certificates. */
    const look = (isTaken: boolean) => {
      if (read !== null || tls === undefined) return;
      const bytes = isTaken || hasCertificate(tls) ? received() : null;
      read = readSafely(tls, bytes, secret);
    };
    const release = () => {
      settled = true;
      deadline.cancel();
      clearInterval(floodCheck);
      callOff();
      // Destroyed sockets may still emit an error, and an unhandled one ends the process.
      tls?.on('error', () => {});
      tcp.on('error', () => {});
    };
    const close = () => {
      release();
      tls?.destroy();
      tcp.destroy();
    };
    /** Ends in good order: many servers log an error if the client leaves before the end of the handshake. */
    const leave = (standing: TLSSocket) => {
      release();
      standing.end(() => {
        standing.destroy();
        tcp.destroy();
      });
    };
    /** `ending` null: the handshake is complete. */
    const settle = (ending: Ending | null) => {
      if (settled) return;
      // After Certificate, if the server stalls before the end of its flight. A connection that is gone shows nothing.
      if (ending?.isOurs !== true) look(ending === null);
      const suite = tls === undefined ? null : readSuite(tls);
      if (ending === null && tls !== undefined) leave(tls);
      else close();
      if (read === null) resolve(failed(ending ?? plain(noCertificate())));
      else if ('code' in read) resolve({ failure: read, refused: null });
      else resolve({ failure: null, ...read, suite, ending });
    };
    const fail = (failure: Failure) => settle(plain(failure));

    // An end is answered by hand: what the server has sent before it is still being read.
    const tcp = connectTcp({ ...route.firstHop({ address, port }), noDelay: true, allowHalfOpen: true });
    const connectMs = Math.min(connectTimeoutMs, timeoutMs);
    let deadline = startDeadline(connectMs, () => fail(connectionTimeout(connectMs)));
    const callOff = onAbort(signal, () => {
      if (settled) return;
      close();
      reject(signal.reason);
    });
    const onConnectError = (error: unknown) => fail(route.failure?.(error) ?? connectFailure(error));
    tcp.on('error', onConnectError);
    tcp.once('connect', () => {
      if (route.reach === undefined) {
        onConnected();
        return;
      }
      // From a proxy, an end is the end.
      const onEnd = () => void tcp.destroy();
      tcp.once('end', onEnd);
      route.reach(tcp, { address, port }, connectMs).then((failure) => {
        tcp.off('end', onEnd);
        if (settled) return;
        if (failure === null) onConnected();
        else fail(failure);
      }, onConnectError);
    });
    const onConnected = () => {
      /** What the proxy has sent. */
      const before = tcp.bytesRead;
      const pausedMs = deadline.cancel();
      tcp.off('error', onConnectError);
      const leftMs = Math.max(0, timeoutMs + pausedMs - (performance.now() - startedAt));
      const handshakeMs = Math.min(handshakeTimeoutMs, leftMs);
      deadline = startDeadline(handshakeMs, () =>
        fail(handshakeTimeout(Math.min(handshakeTimeoutMs, timeoutMs))),
      );
      floodCheck = setInterval(() => {
        if (tcp.bytesRead - before > maxHandshakeBytes) fail(flooded(maxHandshakeBytes));
      }, floodCheckMs);

      const onError = (error: unknown) => settle(handshakeFailure(error, tcp.bytesRead - before));
      tcp.on('error', onError);
      const tapped = tap(tcp, maxHandshakeBytes);
      received = tapped.received;
      tls = startTls(tapped.stream, request);
      tls.on('keylog', (line: Buffer) => {
        secret = serverSecretIn(line) ?? secret;
      });
      tls.on('error', onError);
      // If data and a reset arrive together, Node 20's libuv reports the end of the stream, as after a FIN. Writing
      // tells them apart: we send a `close_notify`, which only a connection that was reset refuses.
      tls.prependOnceListener('end', () => {
        if (settled) return;
        look(false);
        tcp.write(closeNotify, (error) => (error ? onError(error) : undefined));
      });
      // Emitted inside OpenSSL's handshake, with or without a stapled answer: read here, but close nothing yet. A
      // connection that is reset later shows nothing.
      tls.once('OCSPResponse', () => {
        if (!settled) look(true);
      });
      tls.once('secureConnect', () => settle(null));
    };
  });
}

function startTls(stream: Duplex, { host, secureContext, alpn }: ConnectionRequest): TLSSocket {
  // `requestOCSP` is passed on to the TLSSocket, which the declaration of connect() leaves out.
  const options: ConnectionOptions & Pick<TLSSocketOptions, 'requestOCSP'> = {
    socket: stream,
    secureContext,
    // SNI, even when connecting to one chosen address; RFC 6066, section 3 has none for an IP literal.
    servername: isIP(host) === 0 ? host : '',
    ...(alpn.length > 0 && { ALPNProtocols: [...alpn] }),
    // An untrusted chain is what we are here to report, and the context has no roots: the path is judged separately
    // from the handshake. No data is ever sent or read over the connection, so nothing relies on it.
    rejectUnauthorized: false,
    // Core judges the host name, and reports it separately from the chain's trust.
    checkServerIdentity: () => undefined,
    // Not for the response: `OCSPResponse` is the earliest event that has the chain, on TLS 1.2 and 1.3.
    requestOCSP: true,
  };
  const tls = connectTls(options);
  forgoVerification(tls);
  return tls;
}

function failed({ failure, refused }: Ending): FailedHandshake {
  return { failure, refused };
}

function plain(failure: Failure): Ending {
  return { failure, refused: null, isForWantOfCertificate: false, isOurs: false };
}

/** The server's handshake traffic secret, if a line of the key log has it (draft-ietf-tls-keylogfile, section 2). */
function serverSecretIn(line: Buffer): Buffer | null {
  const [label, , secret = ''] = line.toString('latin1').trimEnd().split(' ');
  return label === 'SERVER_HANDSHAKE_TRAFFIC_SECRET' ? Buffer.from(secret, 'hex') : null;
}

/** An exception inside OpenSSL's callback would end the process. */
function readSafely(
  tls: TLSSocket,
  received: Buffer | null,
  secret: Buffer | null,
): Presented | Failure | null {
  try {
    return readPresented(tls, received === null ? null : sentChain(received, secret));
  } catch {
    return { code: 'certificate_undecodable', message: "a certificate of the chain can't be read" };
  }
}
