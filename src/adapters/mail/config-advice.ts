/** What to do about an incident of a signed configuration, and how to look further. */
import type { ConfigReport, ConfigTransition, ReportedUrl } from '../../core/config-incident.ts';
import { shellWord } from './commands.ts';
import { problemOf } from './config-words.ts';
import type { Step } from './document.ts';
import type { Installation } from './installation.ts';

/** What the person on call does first, on one line. */
export function configFirst({ kind, config }: ConfigTransition): string {
  switch (kind) {
    case 'config_unreachable':
      return 'check the web server or CDN behind the URL.';
    case 'config_invalid':
      return isForeign(config)
        ? 'find out who signed it. If it was none of you, the signing key is stolen: replace it now.'
        : 'put the published file back at the URL, and find out who replaced it.';
    case 'config_outdated':
      return 'purge the cache in front of the URL, or repeat the copy of the file.';
    case 'config_expiring':
      return config.published.signedElsewhere
        ? 'sign it again where its key is, and publish that bundle.'
        : 'find out why it is not signed again, and mend that: the next minute renews it.';
    case 'signing_key_old':
      return 'nothing at night. In working hours, certify a new signing key.';
    case 'devices_unpinned':
      return 'nothing, if you know of this test. Otherwise pin the device again, and find out who did it.';
    default:
      return kind satisfies never;
  }
}

/** It is signed with a key of the account, and pinwatch knows nothing of it. */
function isForeign({ urls }: ConfigReport): boolean {
  return urls.some(({ problem, found }) => problem === 'invalid' && found !== null);
}

export function configForWhom({ kind, config }: ConfigTransition): string {
  const stay = 'Apps go on with the pins that they have, so nothing fails for this reason now.';
  switch (kind) {
    case 'config_unreachable':
    case 'config_outdated':
      return `${stay} But they don't get version ${config.published.version} from there: a key must not be changed until they do.`;
    case 'config_invalid':
      return isForeign(config)
        ? 'Apps take it, because it is signed with a key of the account. The person who made it decides what apps pin.'
        : `Apps refuse it. ${stay} But they don't get version ${config.published.version} from there: a key must not be changed until they do.`;
    case 'config_expiring':
      return `${stay} Once it has expired, they can't tell it from one that is held back, and report it as stale.`;
    case 'signing_key_old':
      return 'Apps are not affected: a key statement does not expire. The longer a key is in use, the likelier it has been copied.';
    case 'devices_unpinned':
      return 'Only on these devices can someone who controls the network and the trust store read what the app sends. Each is pinned again by itself at its time.';
    default:
      return kind satisfies never;
  }
}

export function configAdvice(account: string, notice: ConfigTransition): Step[] {
  const { kind, config } = notice;
  switch (kind) {
    case 'config_unreachable':
      return [
        {
          text: 'See what the URL answers: DNS, certificate, status. Apps follow no redirect and take only status 200:',
          code: [...new Set(urlsOf(notice).map(({ url }) => `curl -sS -o /dev/null -D - ${shellWord(url)}`))],
        },
        {
          text: 'Repair the web server, the CDN or its origin. pinwatch itself serves the same under /c/CHANNEL.',
        },
      ];
    case 'config_invalid':
      return isForeign(config) ? stolen(account) : replaced(account);
    case 'config_outdated':
      return [
        {
          text: 'See how old the answer is (Age, Last-Modified), and which cache gave it:',
          code: urlsOf(notice).map(({ url }) => `curl -sS -o /dev/null -D - ${shellWord(url)}`),
        },
        {
          text: 'Purge that cache, or copy the file of publish.directory again. If the event config_not_spread is in the log, publish.afterWrite has failed, and the event says why.',
        },
      ];
    case 'config_expiring':
      return expiring(account, config);
    case 'signing_key_old':
      return renewKey(account);
    case 'devices_unpinned':
      return (config.devices ?? []).slice(0, 4).map(({ device, until, by, note }) => ({
        text: `Device ${device}, until ${until}, by ${by}: ${note}. To pin it again now:`,
        code: [`pinwatch device repin ${account} ${shellWord(device)}`],
      }));
    default:
      return kind satisfies never;
  }
}

function stolen(account: string): Step[] {
  return [
    {
      text: 'Ask everyone who may use the signing key whether they signed it:',
      either: [
        {
          text: 'None of you did: act as for a stolen signing key. Certify a new key alone, which outranks whatever the thief signs (docs/signed-configuration.md, "A stolen signing key"):',
          code: [
            'pinwatch key signing next.pem',
            `pinwatch key certify next.pem.pub --with root.pem --after ${account}.keys -o next.keys`,
            `pinwatch key install ${account} next.pem --replace`,
            `pinwatch config keys ${account} next.keys`,
          ],
        },
        {
          text: 'It was signed on purpose: publish it through pinwatch, so that it is watched:',
          code: [`pinwatch config publish ${account} --candidate ID --bundle FILE`],
        },
      ],
    },
  ];
}

function replaced(account: string): Step[] {
  return [
    {
      text: 'Put the file of publish.directory back at the URL. An error page, a login page or a file of another account is invalid, too. What should be there:',
      code: [`pinwatch config show ${account}`],
    },
    {
      text: 'If it was put there on purpose, someone else can write to your web server or CDN: take that access away.',
    },
  ];
}

function expiring(account: string, { published, renewalFailure }: ConfigReport): Step[] {
  if (published.signedElsewhere) {
    return [
      {
        text: 'It was signed elsewhere, so pinwatch cannot renew it. Check, sign and publish it again:',
        code: [
          `pinwatch config check ${account} --json > checked.json`,
          'jq -r .payload checked.json > next.json',
          `pinwatch config sign next.json --statement ${account}.keys --root root.pem.pub --key ${account}.pem -o next.pins`,
          `pinwatch config publish ${account} --candidate "$(jq -r .candidate checked.json)" --bundle next.pins`,
        ],
      },
    ];
  }
  const why =
    renewalFailure === null
      ? 'The event config_failed in the log says why.'
      : `The reason: ${renewalFailure}.`;
  return [
    {
      text: `It could not be signed again. ${why} Usually the key in publish.keyDir can't be read, or is not one that the key statement names. Compare the two:`,
      code: [`pinwatch key show ${account}.pem`, `pinwatch config show ${account}`],
    },
    { text: 'Once that is mended, the next minute signs it. Nothing has to be published.' },
  ];
}

function renewKey(account: string): Step[] {
  return [
    {
      text: 'Make a new signing key, have a root certify it, and put it into force:',
      code: [
        'pinwatch key signing next.pem',
        `pinwatch key certify next.pem.pub --with root.pem --after ${account}.keys -o next.keys`,
        `pinwatch key install ${account} next.pem --replace`,
        `pinwatch config keys ${account} next.keys`,
      ],
    },
  ];
}

/** Those that it is about, some of them. */
function urlsOf({ kind, config: { urls } }: ConfigTransition): readonly ReportedUrl[] {
  return urls.filter(({ problem }) => problem === problemOf(kind)).slice(0, 4);
}

export function configFurther(
  account: string,
  notice: ConfigTransition,
  { runbookUrl }: Installation,
): Step[] {
  const { kind, config } = notice;
  const [first] = [...urlsOf(notice), ...config.urls];
  const roots = config.roots.map((root) => `  --root ${shellWord(root)}`);
  const verify = [
    `pinwatch config verify ${account}.pins`,
    ...roots,
    `  --channel ${shellWord(config.channel)}`,
  ];
  const name = account.replace(/[\\"]/g, '');
  return [
    ...(first === undefined
      ? []
      : [
          {
            text: 'What an app makes of it, from any machine:',
            code: [
              `curl -sS -o ${account}.pins ${shellWord(first.url)}`,
              ...verify.map((line, index) => (index < verify.length - 1 ? `${line} \\` : line)),
            ],
          },
        ]),
    {
      text: 'What is published, served and in the field, and the incident:',
      code: [`pinwatch config show ${account}`, `pinwatch incident show ${account} ${notice.incident}`],
    },
    {
      text: 'In Prometheus:',
      code: [
        `pinwatch_config_served{account="${name}"}`,
        `pinwatch_config_expires_timestamp_seconds{account="${name}"}`,
      ],
    },
    runbookUrl
      ? { text: 'Background:', code: [`${runbookUrl}#${kind}`] }
      : { text: `Background: docs/runbook.md, under ${kind}.` },
  ];
}
