/** How to change what pinwatch knows of a domain: in the file if it is defined there, by a command if it is not. */
import type { Transition } from '../../core/incident.ts';
import { serviceCommand } from './commands.ts';
import type { Step } from './document.ts';

/** A change of one domain, in both forms. */
export interface DomainChange {
  /** An imperative without its end: `Add the pin of the new key to pinwatch`. */
  readonly text: string;
  /** What to know before it is done, as a clause. */
  readonly note?: string;
  /** The domain's lines in YAML, without indentation. */
  readonly lines: readonly string[];
  /** Each with what follows account and domain. */
  readonly commands: readonly (readonly [command: string, rest: string])[];
}

/** Notices of older versions don't say where the domain is defined: then both are given, as alternatives. */
export function registryStep(
  account: string,
  { domain, provisionedBy }: Transition,
  { text: imperative, note, lines, commands }: DomainChange,
): Step {
  const text = note === undefined ? imperative : `${imperative}; ${note}`;
  const typed = commands.map(([command, rest]) => serviceCommand(command, account, domain, rest));
  if (provisionedBy === null) return { text: `${text}:`, code: typed };
  const code = yaml(account, domain, lines);
  if (provisionedBy === undefined) {
    return {
      text: `${text}. Do one of these:`,
      either: [
        { text: 'If the domain is in the configuration file, there; then reload pinwatch (SIGHUP):', code },
        { text: 'If it was added at runtime:', code: typed },
      ],
    };
  }
  // One JSON object per line, with the same keys.
  if (!/\.ya?ml$/i.test(provisionedBy)) {
    const place = `${provisionedBy}, on the line of ${domain}, with the keys as in YAML`;
    return { text: `${text}. Change ${place}, then reload pinwatch (SIGHUP):`, code: lines };
  }
  return { text: `${text}. Change ${provisionedBy}, then reload pinwatch (SIGHUP):`, code };
}

function yaml(account: string, domain: string, lines: readonly string[]): string[] {
  return [
    'accounts:',
    `  ${account}:`,
    '    domains:',
    `      - host: ${domain.startsWith('[') ? JSON.stringify(domain) : domain}`,
    ...lines.map((line) => `        ${line}`),
  ];
}
