/** A process with TLS servers behind one port, one for each name (SNI), that can turn hostile. */
import { createSecureContext, createServer, type SecureContext } from 'node:tls';
import * as hostile from '../lab/hostile.ts';
import { listen } from '../lab/sockets.ts';
import { answerCommands } from './forked.ts';

const host = '127.0.0.1';

/** What it can be instead of a TLS server, each on the same port. */
const faces = {
  'black hole': hostile.noSynAck,
  silent: hostile.silent,
  drip: hostile.drip,
  'reset on accept': hostile.resetOnAccept,
  'reset in certificate': hostile.resetInCertificate,
  'closed after hello': hostile.closeAfterClientHello,
  'plain http': hostile.plainHttp,
  'ssh banner': hostile.sshBanner,
  'alert 80': (where: hostile.Where) => hostile.alerts('fatal', 80, where),
  'hello and silence': (where: hostile.Where) => hostile.helloOf('TLSv1.2', where),
  'garbage certificate': (where: hostile.Where) => hostile.presents([Buffer.from('300a02ff', 'hex')], where),
  'flood of records': hostile.floodOfRecords,
} as const;
export type Face = keyof typeof faces;
export const hostileFaces = Object.keys(faces).filter((face) => face !== 'black hole') as Face[];

export interface Presented {
  readonly name: string;
  /** PEM: the chain, and the leaf's key. */
  readonly cert: string;
  readonly key: string;
}

export type TargetCommand =
  | { readonly do: 'present'; readonly chains: readonly Presented[] }
  | { readonly do: 'serve'; readonly port: number }
  | { readonly do: 'turn'; readonly port: number; readonly face: Face };

const contexts = new Map<string, SecureContext>();
let endpoint: { close(): Promise<void> } | undefined;

function startTls(port: number) {
  const server = createServer({
    SNICallback: (name, done) => done(null, contexts.get(name)),
    ALPNProtocols: ['h2', 'http/1.1'],
  });
  server.on('tlsClientError', () => {});
  server.on('secureConnection', (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end());
  });
  return listen(server, host, port);
}

if (process.send !== undefined) {
  answerCommands(async (command: TargetCommand) => {
    if (command.do === 'present') {
      for (const { name, cert, key } of command.chains)
        contexts.set(name, createSecureContext({ cert, key }));
      return;
    }
    await endpoint?.close();
    endpoint = undefined;
    const { port } = command;
    endpoint = command.do === 'serve' ? await startTls(port) : await faces[command.face]({ host, port });
  });
}
