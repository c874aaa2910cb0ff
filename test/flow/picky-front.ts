import { connect, createServer } from 'node:net';
import { type Endpoint, listen } from '../../lab/sockets.ts';
import { alert } from '../../lab/tls-records.ts';

/**
 * In front of a TLS server: lets only a TLS 1.3 hello through that offers RSA signature schemes, and refuses any other
 * with handshake_failure. So does a Java server on TLS 1.3 whose ECDSA leaf was signed by an RSA CA.
 */
export function startPickyFront({ host, port }: { host: string; port: number }): Promise<Endpoint> {
  const server = createServer((client) => {
    client.once('data', (hello) => {
      if (!offersTls13(hello) || !offersRsaPss(hello)) {
        client.end(alert('fatal', 40));
        return;
      }
      const upstream = connect({ host, port });
      upstream.on('error', () => client.destroy());
      client.on('close', () => upstream.destroy());
      upstream.write(hello);
      upstream.pipe(client).pipe(upstream);
    });
  });
  return listen(server, '127.0.0.1', 0);
}

/** The extension supported_versions (43) with TLS 1.3 and 1.2. */
function offersTls13(hello: Buffer): boolean {
  return hello.includes(Buffer.from('002b00050403040303', 'hex'));
}

/** The extension signature_algorithms (13), its length, the list's length and the list. */
function offersRsaPss(hello: Buffer): boolean {
  for (let at = hello.indexOf('000d', 'hex'); at >= 0; at = hello.indexOf('000d', at + 1, 'hex')) {
    const [length, list] = [hello.readUInt16BE(at + 2), hello.readUInt16BE(at + 4)];
    if (length !== list + 2) continue;
    const schemes = hello.subarray(at + 6, at + 6 + list);
    for (let i = 0; i < schemes.length; i += 2) if (schemes.readUInt16BE(i) === 0x0804) return true;
  }
  return false;
}
