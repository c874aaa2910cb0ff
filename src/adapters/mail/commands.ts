import { domainSettings, type SettingName, settingNames } from '../../core/domain-settings.ts';
import { visible } from '../../core/hostile-text.ts';
import type { OwnProbing, Transition } from '../../core/incident.ts';
import { defaultKeyTypes, type KeyType, keyTypes } from '../../core/observation.ts';
import type { Step } from './document.ts';

/** Enough for any real pin set or list of addresses; a longer command line is of no use. */
const shownOptions = 20;

const rootsFile = 'private-root.pem';

interface Narrowed {
  /** Only these addresses. Left out: those that the domain names, if it does. */
  readonly connect?: readonly string[];
  /** Left out: those that were probed. */
  readonly keyTypes?: readonly KeyType[];
  /** With roots that pinwatch does not have yet. */
  readonly otherRoots?: true;
}

/**
 * `pinwatch check` with the options that the service uses for the domain, one per line, ready to paste. `text` says
 * what it is for, without the final colon. The mail does not contain private roots, so a first command gets them.
 */
export function checkStep(
  text: string,
  account: string,
  { domain, check, own, provisionedBy }: Transition,
  narrowed: Narrowed = {},
): Step {
  const { connect = own?.connect ?? [], keyTypes: wanted, otherRoots } = narrowed;
  const probed = keyTypes.filter((type) => check.endpoints.some(({ keyType }) => keyType === type));
  const types = wanted ?? probed;
  const options = [
    ...connect.slice(0, shownOptions).map((address) => `--connect ${shellWord(address)}`),
    ...(own?.roots || otherRoots ? [`--ca-file ${rootsFile}`] : []),
    ...(types.join() === defaultKeyTypes.join() ? [] : types.map((type) => `--key-type ${type}`)),
    ...settingNames.flatMap((name) => (isShown(name) ? each(domainSettings[name].flag, own?.[name]) : [])),
    ...check.pins.slice(0, shownOptions).map(({ pin }) => `--pin ${shellWord(pin)}`),
  ];
  const lines = [`pinwatch check ${shellWord(domain)}`, ...options.map((option) => `  ${option}`)];
  const command = lines.map((line, index) => (index < lines.length - 1 ? `${line} \\` : line));
  if (!own?.roots || otherRoots) return { text: `${text}:`, code: command };
  const named = provisionedBy ? ` (the caFile of the domain in ${provisionedBy})` : '';
  return {
    text: `${text}; the first command gets the domain's private roots from the service${named}:`,
    code: [serviceCommand('domain show', account, domain, `--json | jq -r .ca > ${rootsFile}`), ...command],
  };
}

type ShownSetting = Exclude<keyof OwnProbing, 'roots' | 'connect'>;

/** The others are written apart, or change no check by hand: delivery, channels, and the regions, as it looks from here. */
function isShown(name: SettingName): name is ShownSetting {
  return name === 'alpn' || name === 'platforms';
}

/** The option once per value, or with `none` for an empty list; nothing if the list was left out. */
function each(option: string, values: readonly string[] | undefined): string[] {
  return (values?.length === 0 ? ['none'] : (values ?? [])).map((value) => `--${option} ${shellWord(value)}`);
}

/** A command about a domain that calls the service's API; `rest` is not quoted. */
export function serviceCommand(command: string, account: string, domain: string, rest: string): string {
  return `pinwatch ${command} ${shellWord(account)} ${shellWord(domain)} ${rest}`;
}

/** Who changed what in an account. */
export function auditCommand(account: string): string {
  return `pinwatch audit ${shellWord(account)}`;
}

/** Shows the chain as the server sends it, with a tool that everyone has. `address` replaces name resolution. */
export function showChainCommand(host: string, port: number, address: string | null = null): string {
  const name = host.includes(':') ? '' : ` -servername ${shellWord(host)}`;
  const to = address ?? host;
  const target = to.includes(':') ? `[${to}]:${port}` : `${to}:${port}`;
  return `openssl s_client -connect ${shellWord(target)}${name} -showcerts </dev/null`;
}

/** A new key, and its pin (RFC 7469, appendix A). */
export const newKeyCommands: readonly string[] = [
  'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out backup.key',
  `printf 'sha256/%s\\n' "$(openssl pkey -in backup.key -pubout -outform der |`,
  '  openssl dgst -sha256 -binary | openssl base64)"',
];

/** A domain's series (PromQL), for the Prometheus expression browser. */
export function series(metric: string, account: string, domain: string): string {
  return `pinwatch_${metric}{account=${label(account)}, domain=${label(domain)}}`;
}

function label(value: string): string {
  return `"${visible(value).replace(/[\\"]/g, '\\$&')}"`;
}

/** Names come from configuration and the API, but a word for a shell is quoted unless it is plainly harmless. */
export function shellWord(word: string): string {
  const text = visible(word);
  return /^[A-Za-z0-9_./:=@%+-]+$/.test(text) && !text.startsWith('-')
    ? text
    : `'${text.replaceAll("'", `'\\''`)}'`;
}
