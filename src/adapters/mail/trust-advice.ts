import type { Transition } from '../../core/incident.ts';
import type { RefusalFinding } from '../../core/refusal.ts';
import { trustErrorText } from '../../core/trust-error.ts';
import { backupHint } from './backup-hint.ts';
import { serviceCommand, showChainCommand } from './commands.ts';
import type { Step } from './document.ts';

/** What to do about a chain that platforms refuse, by its most specific finding. */
export function untrusted(code: RefusalFinding, account: string, transition: Transition): Step[] {
  const { domain, check } = transition;
  const endpoint = check.endpoints.find(({ failure, trusted }) => failure === null && !trusted);
  // From the path, not from what was sent: servers send chains in any order.
  const top = endpoint?.path.at(-1);
  const last = endpoint?.presented.find(({ pin, subject }) => pin === top?.pin && subject === top.subject);
  const look: Step = {
    text: 'See the chain as the server sends it:',
    code: [
      showChainCommand(check.host, check.port, isApart(transition) ? (endpoint?.address ?? null) : null),
    ],
  };
  const why = endpoint?.trustError ? `: ${trustErrorText(endpoint.trustError)}` : '';
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
          text: `First check whether a renewed certificate is already on the server and was never loaded: if so, reload the server. Otherwise renew now, with the same key (certbot: --reuse-key), so that the pins keep matching.${backup}`,
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
          text: `Serve a certificate that has ${check.host} as a subjectAltName; the common name does not count. Usually the server answers with the certificate of another site: check the SNI and virtual host settings.`,
        },
        look,
      ];
    case 'chain_untrusted':
      if (top?.from === 'trust-store') {
        return [
          {
            text: `The chain leads to a known root, "${top.subject}", but no platform accepts it${why}. Go back to the previous chain, or have the certificate authority issue a new one.`,
          },
          look,
        ];
      }
      return [
        {
          text: `The chain leads to no trusted root${why}. If an intermediate is missing, append the certificate whose subject is: ${last?.issuer ?? 'unknown'}. If a public certificate authority should have issued it, put its chain back.`,
        },
        {
          text: `If it is a private certificate authority and the apps trust it, name its root. If the domain is in the configuration file, add it there, under accounts: ${account}, host: ${check.host}, and restart:`,
          code: ['caFile: private-root.pem'],
        },
        {
          text: 'If it was added at runtime:',
          code: [serviceCommand('domain change', account, domain, '--ca-file private-root.pem')],
        },
        look,
      ];
    case 'platform_refused':
      return [
        {
          text: 'The chain is trusted, but the platform named above refuses the server or cannot negotiate a connection with it. Undo what was changed on the server: its cipher suites and groups, or its certificate. Otherwise serve what every phone accepts: TLS 1.3 or a suite with ECDHE and AES-GCM, a leaf with an EC P-256 or RSA 2048 key, with serverAuth, for at most 825 days, no SHA-1 on the path.',
        },
        {
          text: `If no app is for that platform, leave it out. If the domain is in the configuration file, change it there, under accounts: ${account}, host: ${check.host}, and restart:`,
          code: ['platforms: [android]  # or [ios]'],
        },
        {
          text: 'If it was added at runtime:',
          code: [serviceCommand('domain change', account, domain, '--platform android  # or ios')],
        },
        look,
      ];
    default:
      return code satisfies never;
  }
}

/** Whether the name alone may lead elsewhere: to an edge that is trusted, or nowhere. */
function isApart({ check, own }: Transition): boolean {
  const isPartial = check.endpoints.some(({ failure, trusted }) => failure === null && trusted);
  return isPartial || (own !== undefined && own.connect.length > 0);
}
