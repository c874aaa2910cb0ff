import type { CheckedEndpoint } from '../../core/check.ts';
import type { Transition } from '../../core/incident.ts';
import { platformNames } from '../../core/platforms.ts';
import type { RefusalFinding } from '../../core/refusal.ts';
import { trustErrorText } from '../../core/trust-error.ts';
import { backupHint } from './backup-hint.ts';
import { checkStep, showChainCommand } from './commands.ts';
import type { Step } from './document.ts';
import { registryStep } from './registry-step.ts';
import { readable } from './time.ts';

/** What to do about a chain that platforms refuse, by its most specific finding. */
export function untrusted(
  code: RefusalFinding,
  account: string,
  transition: Transition,
  now: number,
): Step[] {
  const { check } = transition;
  const endpoint = check.endpoints.find(({ failure, trusted }) => failure === null && !trusted);
  const look: Step = {
    text: 'See the chain as the server sends it:',
    code: [
      showChainCommand(check.host, check.port, isApart(transition) ? (endpoint?.address ?? null) : null),
    ],
  };
  return [...stepsFor(code, account, transition, endpoint, now), look];
}

function stepsFor(
  code: RefusalFinding,
  account: string,
  transition: Transition,
  endpoint: CheckedEndpoint | undefined,
  now: number,
): Step[] {
  const { check } = transition;
  switch (code) {
    case 'chain_incomplete':
      return [
        {
          text: `Append the intermediate certificate to the chain that the server sends. It is the one whose subject is: ${missing(endpoint) ?? 'the issuer of the leaf'}. The certificate authority delivers it with the leaf, usually as fullchain.pem: configure that file, not cert.pem, and reload the server.`,
        },
      ];
    case 'certificate_expired':
      return expired(endpoint, backupHint(check), now);
    case 'certificate_not_yet_valid':
      return [
        {
          text: 'Compare the clocks of the issuing system, the server and the machine that runs pinwatch. Then:',
          either: [
            { text: 'If they are right, serve the previous certificate until the new one is valid.' },
            {
              text: 'If one is wrong, set it right; if it is the issuing system, issue the certificate again.',
            },
          ],
        },
      ];
    case 'host_name_mismatch':
      return [
        {
          text: `The finding above names the hosts that the certificate is for; ${check.host} is not one of them. The common name does not count. Find out whose they are:`,
          either: [
            {
              text: 'They are other sites of yours: the server answers with the wrong certificate. Check the SNI and virtual host settings.',
            },
            {
              text: `The certificate should have been for this host, too: have it issued again with ${check.host} as a subjectAltName.`,
            },
            {
              text: 'They are not yours: the name leads to a server of someone else. Check its DNS record, and whether you still have that address or CDN service.',
            },
          ],
        },
      ];
    case 'chain_untrusted':
      return rootless(account, transition, endpoint);
    case 'platform_refused':
      return [
        {
          text: 'The chain is trusted, but the platform named above refuses the server or cannot negotiate a connection with it. Do one of these:',
          either: [
            {
              text: 'Undo what was changed on the server: its cipher suites and groups, or its certificate.',
            },
            {
              text: 'Serve what every phone accepts: TLS 1.3 or a suite with ECDHE and AES-GCM, a leaf with an EC P-256 or RSA 2048 key, with serverAuth, for at most 825 days, no SHA-1 on the path.',
            },
          ],
        },
        {
          text: 'If no app of yours is for that platform, leave it out:',
          either: (['android', 'ios'] as const).map((platform) =>
            registryStep(account, transition, {
              text: `All are for ${platformNames[platform]}`,
              lines: [`platforms: [${platform}]`],
              commands: [['domain change', `--platform ${platform}`]],
            }),
          ),
        },
      ];
    default:
      return code satisfies never;
  }
}

/** The leaf is renewed by its owner, an intermediate by its authority. */
function expired(endpoint: CheckedEndpoint | undefined, backup: string, now: number): Step[] {
  const index = endpoint?.presented.findIndex(({ notAfter }) => Date.parse(notAfter) < now) ?? -1;
  const above = index > 0 ? endpoint?.presented[index] : undefined;
  if (above !== undefined) {
    return [
      {
        text: `It is not the leaf that has expired but "${above.subject}" (at ${readable(above.notAfter)}), sent along with it. Get the current chain from the certificate authority (fullchain.pem), configure it, and reload the server. The leaf and its key can stay.`,
      },
    ];
  }
  return [
    {
      text: 'Look at the certificate file on the server:',
      either: [
        { text: 'It was renewed there, but never loaded: reload the server.' },
        {
          text: `It has expired, too: renew it now, with the same key (certbot: --reuse-key), so that the pins keep matching.${backup}`,
        },
      ],
    },
  ];
}

/** The chain is known to no trust store, or breaks a rule. */
function rootless(account: string, transition: Transition, endpoint: CheckedEndpoint | undefined): Step[] {
  const top = endpoint?.path.at(-1);
  const why = endpoint?.trustError ? `: ${trustErrorText(endpoint.trustError)}` : '';
  if (top?.from === 'trust-store') {
    return [
      {
        text: `The chain leads to a known root, "${top.subject}", but no platform accepts it${why}. Do one of these:`,
        either: [
          { text: 'Go back to the previous chain.' },
          { text: 'Have the certificate authority issue a new one.' },
        ],
      },
    ];
  }
  const issuer = missing(endpoint);
  // A self-signed certificate ends the path: nothing is missing above it.
  const isEnded = top !== undefined && issuer === top.subject;
  const former = transition.change?.before.issuer;
  const before = former === undefined ? '' : ` When all was well, "${former}" had issued the leaf.`;
  const isOwnRoot = transition.own?.roots === true;
  return [
    {
      text: `The chain leads to no ${isOwnRoot ? 'root of the domain (its caFile)' : 'trusted root'}${why}.${before} Do one of these:`,
      either: [
        ...(isEnded
          ? []
          : [
              {
                text: `If an intermediate is missing, append the certificate whose subject is: ${issuer ?? 'unknown'}.`,
              },
            ]),
        { text: 'If a public certificate authority should have issued it, put its chain back.' },
        {
          text: `If it is a private certificate authority, and the apps trust its root${isEnded ? `, "${top.subject}"` : ''}, name that root with the next step.`,
        },
      ],
    },
    checkStep('Try with that root first; the exit status is 0 if it is the right one', account, transition, {
      otherRoots: true,
    }),
    registryStep(account, transition, {
      text: 'Only if the apps trust that root, have pinwatch trust it, too',
      lines: ['caFile: private-root.pem'],
      commands: [['domain change', '--ca-file private-root.pem']],
    }),
  ];
}

/** From the path, not from what was sent: servers send chains in any order. */
function missing(endpoint: CheckedEndpoint | undefined): string | undefined {
  const top = endpoint?.path.at(-1);
  return endpoint?.presented.find(({ pin, subject }) => pin === top?.pin && subject === top.subject)?.issuer;
}

/** Whether the name alone may lead elsewhere: to an edge that is trusted, or nowhere. */
function isApart({ check, own }: Transition): boolean {
  const isPartial = check.endpoints.some(({ failure, trusted }) => failure === null && trusted);
  return isPartial || (own !== undefined && own.connect.length > 0);
}
