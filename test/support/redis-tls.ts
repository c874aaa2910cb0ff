/** A private CA, with files for a Redis that demands client certificates and for its clients. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRoot, type Issued } from '../../lab/authority.ts';

export interface ServerTls {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** For a client that the server accepts. */
  readonly client: {
    readonly ca: string;
    readonly cert: string;
    readonly key: string;
    readonly servername: string;
  };
  /** Paths for `redis.tls`. */
  readonly settings: {
    readonly caFile: string;
    readonly certFile: string;
    readonly keyFile: string;
    readonly serverName: string;
  };
}

/** The server's certificate is for this name, and for no address. */
const serverName = 'redis.example.com';

export async function makeRedisTls(directory: string): Promise<ServerTls> {
  const authority = createRoot({ commonName: 'Private Redis CA' });
  const server = authority.leaf({ commonName: serverName, names: [serverName] });
  const client = authority.leaf({ commonName: 'pinwatch', names: ['pinwatch.example.com'] });
  const write = async (name: string, text: string) => {
    const file = join(directory, name);
    await writeFile(file, text);
    return file;
  };
  const pair = async (name: string, { pem, keyPem }: Issued) => ({
    certFile: await write(`${name}.pem`, pem),
    keyFile: await write(`${name}.key`, keyPem),
  });
  const caFile = await write('redis-ca.pem', authority.pem);
  return {
    caFile,
    ...(await pair('redis-server', server)),
    client: { ca: authority.pem, cert: client.pem, key: client.keyPem, servername: serverName },
    settings: { caFile, ...(await pair('redis-client', client)), serverName },
  };
}

/** Settings of redis-server and of a sentinel: names without dashes, and values. */
export function tlsArguments(
  { caFile, certFile, keyFile }: ServerTls,
  port: number,
): readonly (readonly [string, string])[] {
  return [
    ['tls-port', String(port)],
    ['tls-ca-cert-file', caFile],
    ['tls-cert-file', certFile],
    ['tls-key-file', keyFile],
    ['tls-auth-clients', 'yes'],
    ['tls-replication', 'yes'],
  ];
}
