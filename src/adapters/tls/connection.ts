/**
 * One TCP connection and the TLS handshake on it.
 *
 *   connecting ──connected──▶ shaking hands ──chain read──▶ shaking hands, chain kept ──▶ settled
 *
 * From any state an error, the state's deadline or the caller's signal leads to `settled`, which happens once and
 * closes everything. Once the chain is read it is the result, whatever ends the handshake: a TLS 1.2 server that
 * requires a client certificate answers with an alert and never reaches `secureConnect`.
 */
import { setMaxListeners } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import {
  type ConnectionOptions,
  connect as connectTls,
  type SecureContext,
  type TLSSocket,
  type TLSSocketOptions,
} from 'node:tls';
import type { Failure } from '../../core/observation.ts';
import type { FailedHandshake, Handshake } from '../../flow/observe.ts';
import {
  connectFailure,
  connectionTimeout,
  flooded,
  handshakeFailure,
  handshakeTimeout,
  noCertificate,
} from './failures.ts';
import { forgoVerification, type Presented, readPresented } from './presented-chain.ts';

export interface ConnectionRequest {
  readonly address: string;
  readonly port: number;
  readonly host: string;
  readonly secureContext: SecureContext;
  readonly connectTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  /** For both together. */
  readonly timeoutMs: number;
}

/** OpenSSL takes at most 100 KB of certificates; all the rest of a handshake is a few KB. */
const maxHandshakeBytes = 1024 * 1024;
/** What arrives between two looks is bounded by what the server can send in this time, and none of it is kept. */
const floodCheckMs = 50;

/** A `close_notify` alert in the clear (RFC 8446, section 6.1). */
const closeNotify = Uint8Array.of(0x15, 0x03, 0x03, 0x00, 0x02, 0x01, 0x00);

/** Rejects with the signal's reason, and for nothing else. */
export function shakeHands(
  request: ConnectionRequest,
  signal: AbortSignal,
): Promise<Handshake | FailedHandshake> {
  const { address, port, connectTimeoutMs, handshakeTimeoutMs, timeoutMs } = request;
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

    const close = () => {
      settled = true;
      clearTimeout(deadline);
      clearInterval(floodCheck);
      signal.removeEventListener('abort', onAbort);
      // Destroyed sockets may still emit an error, and an unheard one ends the process.
      tls?.on('error', () => {});
      tcp.on('error', () => {});
      tls?.destroy();
      tcp.destroy();
    };
    const settle = (otherwise: FailedHandshake) => {
      if (settled) return;
      close();
      if (read === null) resolve(otherwise);
      else if ('code' in read) resolve({ failure: read, refused: false });
      else resolve({ failure: null, broken: null, ...read });
    };
    const fail = (failure: Failure) => settle({ failure, refused: false });
    const onAbort = () => {
      if (settled) return;
      close();
      reject(signal.reason);
    };

    const tcp = connectTcp({ host: address, port, noDelay: true });
    const connectMs = Math.min(connectTimeoutMs, timeoutMs);
    let deadline = setTimeout(() => fail(connectionTimeout(connectMs)), connectMs);
    // One signal is for all endpoints of a domain: many listeners are no leak here, and Node would warn of eleven.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', onAbort, { once: true });
    const onConnectError = (error: unknown) => fail(connectFailure(error));
    tcp.on('error', onConnectError);
    tcp.once('connect', () => {
      clearTimeout(deadline);
      tcp.off('error', onConnectError);
      const leftMs = Math.max(0, timeoutMs - (performance.now() - startedAt));
      const handshakeMs = Math.min(handshakeTimeoutMs, leftMs);
      deadline = setTimeout(
        () => fail(handshakeTimeout(Math.min(handshakeTimeoutMs, timeoutMs))),
        handshakeMs,
      );
      floodCheck = setInterval(() => {
        if (tcp.bytesRead > maxHandshakeBytes) fail(flooded(maxHandshakeBytes));
      }, floodCheckMs);

      const onError = (error: unknown) => settle(handshakeFailure(error, tcp.bytesRead));
      tcp.on('error', onError);
      tls = startTls(tcp, request);
      tls.on('error', onError);
      // Node 20's libuv reports the end of the stream, as after a FIN, where data and a reset arrive together. Writing
      // tells them apart: what is said is a goodbye, and only a connection that was reset refuses it.
      tls.prependOnceListener('end', () => {
        if (!settled) tcp.write(closeNotify, (error) => (error ? onError(error) : undefined));
      });
      // Emitted inside OpenSSL's handshake, with or without a stapled answer: read here, but close nothing yet.
      tls.once('OCSPResponse', () => {
        if (!settled && tls !== undefined) read = readSafely(tls);
      });
      tls.once('secureConnect', () => {
        if (settled || tls === undefined) return;
        read ??= readSafely(tls);
        fail(noCertificate()); // unless one was read
      });
    });
  });
}

function startTls(tcp: Socket, { host, secureContext }: ConnectionRequest): TLSSocket {
  // `requestOCSP` is passed on to the TLSSocket, which the declaration of connect() leaves out.
  const options: ConnectionOptions & Pick<TLSSocketOptions, 'requestOCSP'> = {
    socket: tcp,
    secureContext,
    // SNI, also when one chosen address is connected to; RFC 6066, section 3 has none for an IP literal.
    servername: isIP(host) === 0 ? host : '',
    // A chain that is not trusted is what we are here to report, and the context has no roots: whether a path holds is
    // judged apart from the handshake. Nothing is ever sent or read over the connection, so nobody relies on it.
    rejectUnauthorized: false,
    // Core judges the host name, and reports it apart from the chain's trust.
    checkServerIdentity: () => undefined,
    // Not for the answer: `OCSPResponse` is the earliest event at which the chain is there, on TLS 1.2 and 1.3.
    requestOCSP: true,
  };
  const tls = connectTls(options);
  forgoVerification(tls);
  return tls;
}

/** An exception inside OpenSSL's callback would end the process. */
function readSafely(tls: TLSSocket): Presented | Failure | null {
  try {
    return readPresented(tls);
  } catch {
    return { code: 'certificate_undecodable', message: "a certificate of the chain can't be read" };
  }
}
