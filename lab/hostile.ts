/**
 * Endpoints that are broken or hostile below the certificate: one function for each way in which a server can fail a
 * TLS client. All of them listen on loopback, and keep nothing open after close().
 */
import { randomBytes } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { selfSigned } from './authority.ts';
import { type Endpoint, listen } from './sockets.ts';
import { alert, certificateMessage, helloRequest, serverHello, type Version } from './tls-records.ts';

export interface Where {
  /** A loopback address. Default 127.0.0.1. */
  readonly host?: string;
  /** Default: a free one. */
  readonly port?: number;
}

/** Accepts and never sends anything, not even after a ClientHello. It reads, so that it notices the client's end. */
export const silent = (where: Where = {}) => endpoint(where, (socket) => socket.resume());

/** A correct flight, but one byte of it every `everyMs`: activity that never gets anywhere. */
export const drip = (where: Where = {}, everyMs = 1000) =>
  afterClientHello(where, (socket) => {
    const flight = Buffer.concat([serverHello('TLSv1.2', 'ecdsa'), certificateMessage([selfSigned().der])]);
    let at = 0;
    const timer = setInterval(() => socket.write(flight.subarray(at, ++at)), everyMs);
    socket.once('close', () => clearInterval(timer));
  });

/** TCP reset after half of the Certificate message. */
export const resetInCertificate = (where: Where = {}) =>
  afterClientHello(where, (socket) => {
    const certificate = certificateMessage([selfSigned().der]);
    const half = certificate.subarray(0, certificate.length / 2);
    socket.write(Buffer.concat([serverHello('TLSv1.2', 'ecdsa'), half]), () => socket.resetAndDestroy());
  });

/** TCP reset as soon as the connection is established. */
export const resetOnAccept = (where: Where = {}) => endpoint(where, (socket) => socket.resetAndDestroy());

/** FIN after the ClientHello, with no alert. */
export const closeAfterClientHello = (where: Where = {}) => afterClientHello(where, (socket) => socket.end());

/** TLS 1.3 only, and nothing in common with any client: FIN without an alert; older clients get a version alert. */
export const closeAfterTls13Hello = (where: Where = {}) =>
  afterClientHello(where, (socket, hello) =>
    socket.end(hello.includes(SUPPORTS_TLS13) ? Buffer.of() : alert('fatal', 70)),
  );

// The extension supported_versions (RFC 8446, section 4.2.1) with TLS 1.3 and 1.2, as OpenSSL writes it.
const SUPPORTS_TLS13 = Buffer.from('002b00050403040303', 'hex');

/** A web server without TLS on this port. */
export const plainHttp = (where: Where = {}) =>
  afterClientHello(where, (socket) =>
    socket.end('HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n'),
  );

/** Greets at once, as an SSH server does. */
export const sshBanner = (where: Where = {}) =>
  endpoint(where, (socket) => {
    socket.resume();
    socket.write('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n');
  });

/** Random bytes forever, as fast as the client reads them. */
export const floodOfBytes = (where: Where = {}) => flood(where, noise);

/** Starts with bytes that are never a TLS record, which random ones would be now and then. */
const noise = () => Buffer.concat([Buffer.of(0xff, 0xff, 0xff), randomBytes(64 * 1024)]);

/**
 * Endless HelloRequests. A client must ignore each one, so the handshake neither fails nor advances,
 * and an idle timeout never fires.
 */
export const floodOfRecords = (where: Where = {}) => {
  const block = Buffer.concat(Array<Buffer>(4096).fill(helloRequest()));
  return flood(where, () => block);
};

/** Answers the ClientHello with an alert (RFC 8446 section 6), such as fatal 40, handshake_failure, and closes. */
export const alerts = (level: 'warning' | 'fatal', description: number, where: Where = {}) =>
  afterClientHello(where, (socket) => socket.end(alert(level, description)));

/** Answers with a ServerHello of this version and nothing more. */
export const helloOf = (version: Version, where: Where = {}) =>
  afterClientHello(where, (socket) => socket.write(serverHello(version)));

/**
 * A TLS 1.2 flight in the clear whose Certificate message holds these entries, valid DER or not, and then silence.
 * A valid EC leaf gets the cipher suite that fits it.
 */
export const presents = (entries: readonly Buffer[], where: Where = {}) =>
  afterClientHello(where, (socket) => {
    const keyType = entries[0]?.includes(EC_PUBLIC_KEY) ? 'ecdsa' : 'rsa';
    socket.write(Buffer.concat([serverHello('TLSv1.2', keyType), certificateMessage(entries)]));
  });

// The object identifier 1.2.840.10045.2.1, which is in every EC key's algorithm.
const EC_PUBLIC_KEY = Buffer.from('06072a8648ce3d0201', 'hex');

/**
 * Never answers a SYN, like an address behind a dropping firewall. Linux drops a SYN while the listener's accept
 * queue is full: a thread listens, fills the queue and then blocks, so that it never accepts. Another client may be faster, and
 * fill it as well.
 */
export async function noSynAck(
  where: Where = {},
): Promise<Omit<Endpoint, 'connections' | 'openSockets' | 'allClosed'>> {
  const host = where.host ?? '127.0.0.1';
  const listener = new Worker(BLOCKED_LISTENER, {
    eval: true,
    workerData: { host, port: where.port ?? 0, backlog: BLOCKED_BACKLOG },
  });
  const port = await new Promise<number>((resolve, reject) => {
    listener.once('message', resolve);
    listener.once('error', reject);
  });
  return { host, port, close: async () => void (await listener.terminate()) };
}

const BLOCKED_BACKLOG = 1;
const BLOCKED_LISTENER = `
const { parentPort, workerData } = require('node:worker_threads');
const { connect, createServer } = require('node:net');
const server = createServer();
server.listen(workerData, () => {
  const { port } = server.address();
  // The queue holds one more than the backlog.
  for (let i = 0; i <= workerData.backlog; i++) connect({ host: workerData.host, port }).on('error', () => {});
  // They connect in the next tick, and nothing is accepted before the one after.
  process.nextTick(() => {
    parentPort.postMessage(port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
});
`;

function endpoint(where: Where, onConnection: (socket: Socket) => void): Promise<Endpoint> {
  const server = createServer({ noDelay: true }, onConnection);
  return listen(server, where.host ?? '127.0.0.1', where.port ?? 0);
}

function afterClientHello(where: Where, answer: (socket: Socket, hello: Buffer) => void): Promise<Endpoint> {
  return endpoint(where, (socket) => {
    // The ClientHello fits one segment on loopback; the rest is read and dropped, so that the end is noticed.
    socket.once('data', (hello) => answer(socket, hello));
  });
}

function flood(where: Where, block: () => Buffer): Promise<Endpoint> {
  return endpoint(where, (socket) => {
    const pour = () => {
      if (socket.destroyed) return;
      // One block per turn of the loop: the client may be in this process, and needs its turns, too.
      if (socket.write(block())) setImmediate(pour);
      else socket.once('drain', pour);
    };
    socket.resume();
    pour();
  });
}
