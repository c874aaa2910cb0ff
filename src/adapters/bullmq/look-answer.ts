/**
 * What another region saw, as text: each different chain once, its certificates in base64. Read as defensively as what a
 * server sends.
 */
import { mostCertificateBytes, mostCertificates, mostChainBytes } from '../../core/chain-limits.ts';
import { mostAddresses } from '../../core/domain.ts';
import { visible } from '../../core/hostile-text.ts';
import { canonicalIp } from '../../core/ip.ts';
import { type Failure, failureCodes, keyTypes, type Negotiated } from '../../core/observation.ts';
import type { RawObservation } from '../../flow/looks/raw-look.ts';
import { isMap, listOf, oneOf, textUpTo, wrong } from './checked-json.ts';

/** Twice as many addresses as a name resolves to, as remembered ones come on top. */
const mostObservations = 2 * mostAddresses * keyTypes.length;
/** Of all chains together, in bytes; a fleet of addresses shows the same few. */
const mostBytes = 20 * mostChainBytes;
const protocols = ['TLSv1.2', 'TLSv1.3'];
const evidences = ['alert', 'by_turns'] as const;

/** Chains that do not fit are failures of their endpoints: what else was seen must not be lost because of them. */
export function lookAnswerText(observations: readonly RawObservation[]): string {
  const chains = new Map<string, number>();
  let bytes = 0;
  const seen = observations.map((one) => {
    if (one.failure !== null) return one;
    const { chain, ...facts } = one;
    const text = chain.map((der) => Buffer.from(der).toString('base64')).join(' ');
    const index = chains.get(text) ?? chains.size;
    if (index === chains.size) {
      const size = bytesOf(chain);
      if (bytes + size > mostBytes) return tooLarge(one);
      bytes += size;
      chains.set(text, index);
    }
    return { ...facts, chain: index };
  });
  return JSON.stringify({ chains: [...chains.keys()], seen });
}

function tooLarge({ address, keyType, durationMs, unlisted }: RawObservation): RawObservation {
  const message = `the chains of this domain take more than ${mostBytes / 1024} KB together`;
  return {
    ...{ address, keyType, durationMs, failure: { code: 'chain_too_large', message } },
    ...(unlisted === undefined ? {} : { unlisted }),
  };
}

function bytesOf(chain: readonly Uint8Array[]): number {
  return chain.reduce((sum, { length }) => sum + length, 0);
}

/** Throws a SyntaxError or a TypeError if it can't be read. */
export function readLookAnswer(text: string): RawObservation[] {
  const answer: unknown = JSON.parse(textUpTo(text, 2 * mostBytes));
  if (!isMap(answer)) throw wrong('chains and what was seen', answer);
  const chains = listOf(answer.chains, mostObservations, chainOf);
  return listOf(answer.seen, mostObservations, (one) => observationOf(one, chains));
}

function chainOf(value: unknown): Uint8Array[] {
  const chain = textUpTo(value, 2 * mostChainBytes)
    .split(' ')
    .map((der) => new Uint8Array(Buffer.from(der, 'base64')));
  const bytes = bytesOf(chain);
  const isRight =
    chain.length <= mostCertificates &&
    bytes <= mostChainBytes &&
    chain.every(({ length }) => length > 0 && length <= mostCertificateBytes);
  if (!isRight) throw wrong('a chain within its limits', `${chain.length} certificates, ${bytes} bytes`);
  return chain;
}

function observationOf(value: unknown, chains: readonly Uint8Array[][]): RawObservation {
  if (!isMap(value)) throw wrong('an observation', value);
  const { address, durationMs, unlisted } = value;
  if (typeof durationMs !== 'number' || !(durationMs >= 0)) throw wrong('a duration', durationMs);
  const endpoint = {
    keyType: oneOf(keyTypes, value.keyType),
    durationMs,
    ...(unlisted === true ? { unlisted } : {}),
  };
  const at = address === null ? null : canonicalIp(textUpTo(address, 60));
  if (at === null && address !== null) throw wrong('an IP address', address);
  if (value.failure !== null) {
    const { evidence } = value;
    return {
      ...endpoint,
      address: at,
      failure: failureOf(value.failure),
      ...(evidence === undefined ? {} : { evidence: oneOf(evidences, evidence) }),
    };
  }
  const chain = typeof value.chain === 'number' ? chains[value.chain] : undefined;
  if (at === null || chain === undefined) throw wrong('an address and its chain', value.chain);
  return {
    ...endpoint,
    address: at,
    failure: null,
    protocol: oneOf(protocols, value.protocol),
    chain,
    negotiated: negotiatedOf(value.negotiated),
    broken: value.broken === null ? null : failureOf(value.broken),
  };
}

function failureOf(value: unknown): Failure {
  if (!isMap(value)) throw wrong('a failure', value);
  return { code: oneOf(failureCodes, value.code), message: visible(textUpTo(value.message, 4_000)) };
}

function negotiatedOf(value: unknown): Negotiated {
  if (!isMap(value) || typeof value.sha1 !== 'boolean') throw wrong('what was negotiated', value);
  const nameOf = (name: unknown) => (name === null ? null : visible(textUpTo(name, 100)));
  return { suite: nameOf(value.suite), group: nameOf(value.group), sha1: value.sha1 };
}
