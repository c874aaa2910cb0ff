/** The loop that the pipeline is measured against: connect, read the chain, close. */
import { type ConnectionOptions, connect } from 'node:tls';
import type { BareAttempts } from './scenarios.ts';

/** Makes every attempt for each host, `concurrency` hosts at a time. Rejects if the outcome is not the expected one. */
export async function bareLoop(
  port: number,
  hosts: readonly string[],
  attempts: BareAttempts,
  served: readonly boolean[],
  concurrency: number,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let host = hosts[next++]; host !== undefined; host = hosts[next++]) {
      const servername = host;
      await Promise.all(
        attempts.map(async (options, attempt) => {
          const chain = await readChain({ host: '127.0.0.1', port, servername, ...options });
          if ((chain?.length === 2) !== served[attempt]) {
            throw new Error(`bare loop: ${servername}: unexpectedly ${chain?.length ?? 'no'} certificates`);
          }
        }),
      );
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}

/** The certificates as sent; null if the server refused. Rejects if they don't verify, unless verification is off. */
function readChain(connection: ConnectionOptions): Promise<readonly Buffer[] | null> {
  return new Promise((resolve, reject) => {
    const socket = connect(connection, () => {
      const chain: Buffer[] = [];
      let certificate = socket.getPeerX509Certificate();
      while (certificate !== undefined) {
        chain.push(certificate.raw);
        certificate = certificate.issuerCertificate;
      }
      socket.destroy();
      resolve(chain);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.destroy();
      if (/HANDSHAKE_FAILURE/.test(error.code ?? '')) resolve(null);
      else reject(error);
    });
  });
}
