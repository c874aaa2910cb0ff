import type { Check } from '../../core/check.ts';
import type { TrustFinding } from '../../core/trust.ts';
import { backupHint } from './backup-hint.ts';
import { serviceCommand, showChainCommand } from './commands.ts';
import type { Step } from './document.ts';
import { positionOf } from './endpoints.ts';

/** What to do about a chain that platforms refuse, by its most specific finding. */
export function untrusted(code: TrustFinding, check: Check, account: string, domain: string): Step[] {
  const endpoint = check.endpoints.find(({ failure, trusted }) => failure === null && !trusted);
  const last = endpoint?.presented
    .filter((certificate, index) => !positionOf(certificate, index, endpoint).startsWith('#'))
    .at(-1);
  const look: Step = {
    text: 'See the chain as the server sends it:',
    code: [showChainCommand(check.host, check.port)],
  };
  const backup = backupHint(check);
  switch (code) {
    case 'chain_incomplete':
      return [
        {
          text: `Append the intermediate certificate to the chain that the server sends. It is the one whose subject is: ${last?.issuer ?? 'the issuer of the leaf'}. The certificate authority delivers it with the leaf, usually as fullchain.pem: configure that file, not cert.pem, and reload the server.`,
        },
        look,
      ];
    case 'certificate_expired':
      return [
        {
          text: `Look first whether a renewed certificate is on the server already and was never loaded: then reload it. Otherwise renew now, with the same key (certbot: --reuse-key), so that the pins go on matching.${backup}`,
        },
        look,
      ];
    case 'certificate_not_yet_valid':
      return [
        {
          text: 'Compare the clocks of the issuing system, the server and the machine that runs pinwatch. If they are right, serve the previous certificate until the new one is valid.',
        },
        look,
      ];
    case 'host_name_mismatch':
      return [
        {
          text: `Serve a certificate that has ${check.host} as a subjectAltName; the common name does not count. Most often the server answers with the certificate of another site: look at the SNI and virtual host settings.`,
        },
        look,
      ];
    case 'chain_untrusted':
      return [
        {
          text: `The chain leads to no root that is trusted${endpoint?.trustError ? ` (${endpoint.trustError})` : ''}. If an intermediate is missing, append the certificate whose subject is: ${last?.issuer ?? 'unknown'}. If a public certificate authority should have issued it, put its chain back.`,
        },
        {
          text: `If it is a private certificate authority and the apps trust it, name its root. If the domain is in the configuration file: there, under accounts: ${account}, host: ${check.host}, and restart:`,
          code: ['caFile: private-root.pem'],
        },
        {
          text: 'If it was added at runtime:',
          code: [serviceCommand('domain change', account, domain, '--ca-file private-root.pem')],
        },
        look,
      ];
    default:
      return code satisfies never;
  }
}
