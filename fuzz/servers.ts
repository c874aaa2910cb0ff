/** The flights that are fuzzed: OpenSSL's in both versions, with each kind of key. */
import { createRoot } from '../lab/authority.ts';
import { type Chain, startTlsServer } from '../lab/tls-server.ts';
import { type Flight, recordFlight } from './flight.ts';

const host = 'api.example.com';
const root = createRoot();
const intermediate = root.intermediate();
const chainOf = (algorithm: 'ec-p256' | 'ec-p384' | 'rsa-2048'): Chain => [
  intermediate.leaf({ names: [host], algorithm }),
  intermediate.issued,
];

export async function recordFlights(): Promise<Flight[]> {
  const flights: Flight[] = [];
  for (const protocol of ['TLSv1.2', 'TLSv1.3'] as const) {
    for (const algorithm of ['ec-p256', 'ec-p384', 'rsa-2048'] as const) {
      const chain = chainOf(algorithm);
      const server = await startTlsServer({
        chains: [chain],
        minVersion: protocol,
        maxVersion: protocol,
        alpn: ['h2'],
      });
      const offer = algorithm === 'rsa-2048' ? 'rsa' : 'ecdsa';
      const request = { host, offer, alpn: ['h2', 'http/1.1'] } as const;
      flights.push(
        await recordFlight({ title: `${protocol} ${algorithm}`, server, protocol, chain, request }),
      );
      await server.close();
    }
  }
  return flights;
}
