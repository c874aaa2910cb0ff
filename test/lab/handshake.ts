import { once } from 'node:events';
import { type ConnectionOptions, connect } from 'node:tls';

export interface Shown {
  readonly protocol: string | null;
  /** DER in wire order. */
  readonly chain: readonly Buffer[];
}

/** What a plain node:tls client is shown: enough to see that a lab server presents what it was told to. */
export async function handshake(
  where: { readonly host: string; readonly port: number },
  options: ConnectionOptions = {},
): Promise<Shown> {
  // Only looks at what is presented; whether it is trusted is not the lab's question.
  const socket = connect({ host: where.host, port: where.port, rejectUnauthorized: false, ...options });
  try {
    await once(socket, 'secureConnect');
    const chain: Buffer[] = [];
    let certificate = socket.getPeerX509Certificate();
    while (certificate !== undefined) {
      chain.push(certificate.raw);
      certificate = certificate.issuerCertificate;
    }
    return { protocol: socket.getProtocol(), chain };
  } finally {
    socket.destroy();
  }
}
