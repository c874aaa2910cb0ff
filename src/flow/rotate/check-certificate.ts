/** Checks a certificate before it is deployed, by the judgement of a probe. */
import type { Certificate } from '../../core/certificate.ts';
import { rfc3339 } from '../../core/clock.ts';
import { ruled } from '../../core/platforms.ts';
import {
  asPresented,
  type CertificateProblem,
  certificateProblems,
  wrongKey,
} from '../../core/rotation-certificate.ts';
import type { Rotation } from '../../core/rotation-state.ts';
import { notifyTable } from '../../core/settings.ts';
import { judge } from '../../core/verdict.ts';
import { type Actor, done, type Outcome, refuse } from '../admin/outcome.ts';
import type { RotationPorts } from './ports.ts';
import type { ReadDomain } from './read-facts.ts';
import { saveRotation } from './save-rotation.ts';
import { type ShownRotation, showRotation } from './show-rotation.ts';

export interface CheckedRotation {
  readonly leaf: Certificate;
  readonly problems: readonly CertificateProblem[];
  readonly shown: ShownRotation;
}

/** A certificate that is right is recorded. Nothing stops a check before it may be deployed. */
export async function checkCertificate(
  account: string,
  id: string,
  pem: string,
  actor: Actor,
  ports: RotationPorts,
): Promise<Outcome<CheckedRotation>> {
  const shown = await showRotation(account, id, ports);
  if (!shown.ok) return shown;
  const { value: rotation, facts } = shown.value;
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    return refuse(
      'unprocessable',
      'pem: found a private key: send certificates alone, and treat that key as compromised',
    );
  }
  const chain = ports.readCertificates(pem);
  if (!chain.ok) return refuse('unprocessable', `pem: ${chain.problem}`);
  const owner = (await ports.adminStore.account(account))?.value;
  const problems: CertificateProblem[] = [];
  let leaf: Certificate | undefined;
  for (const domain of facts.domains) {
    const read = await ports.readChain(chain.value, domain.value);
    if (read.failure !== null) return refuse('unprocessable', `pem: ${read.failure.message}`);
    const [first] = read.decoded.presented;
    leaf ??= first;
    const judged = ruled(accepting(domain, rotation), owner?.platforms, ports.platforms);
    const seen = asPresented(read.decoded, rotation.keyTypes[0] ?? 'ecdsa');
    const { check } = judge(judged, [seen], ports.clock(), notifyTable.expiringWithinMs.standard);
    problems.push(...certificateProblems(domain.name, check));
  }
  if (leaf === undefined) return refuse('unprocessable', 'none of its domains is registered any more');
  const pinned = new Set<string>(facts.domains.flatMap(({ pins }) => pins));
  const key = wrongKey(rotation, leaf, pinned);
  // With another key, that no pin matches follows from it.
  const all = key === null ? problems : [key, ...problems.filter(({ code }) => !code.startsWith('pin_'))];
  if (all.some(({ severity }) => severity === 'critical') || rotation.ended !== null) {
    return done({ leaf, problems: all, shown: shown.value });
  }
  const { certificateSha256, subject, issuer, notAfter } = leaf;
  const certificate = {
    ...{ certificateSha256, subject, issuer, notAfter: rfc3339(notAfter) },
    ...{ by: actor.name, at: rfc3339(ports.clock()) },
  };
  const detail = `certificate ${certificateSha256} is right`;
  const saved = await saveRotation(
    account,
    shown.value,
    { certificate },
    ['rotation_continued', detail],
    actor,
    ports,
  );
  return saved.ok ? done({ leaf, problems: all, shown: saved.value }) : saved;
}

/** As apps have it once the rotation's first steps are done; what was published before is what they leave behind. */
function accepting({ value: { pinSets = [], ...domain } }: ReadDomain, { pin }: Rotation) {
  const shipped = pinSets.filter(({ source }) => source !== 'published');
  const pins = [...new Set([...domain.pins, pin])];
  return shipped.length === 0 ? { ...domain, pins } : { ...domain, pins, pinSets: shipped };
}
