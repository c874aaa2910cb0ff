/** What is valid and watches or notifies nobody, as in the example file: warnings for `validate` and the start. */
import { domainName } from '../core/domain.ts';
import { isPlaceholderAddress, isPlaceholderPin } from '../core/placeholder.ts';
import { plural } from '../core/plural.ts';
import type { Config } from './config.ts';
import type { ConfigProblem } from './problem.ts';
import { join } from './reader.ts';

/** Whether mail is sent is a question of its own, and not one of a file with accounts only. */
export function ineffective({ accounts, mail }: Pick<Config, 'accounts' | 'mail'>): ConfigProblem[] {
  const unsent =
    mail.smtp === null
      ? [
          {
            path: 'mail.smtp',
            message: 'not set, so no mail is sent: it is only written to files in stateDir',
          },
        ]
      : [];
  return [...unsent, ...placeholders(accounts)];
}

/** One for the contacts and one for the pins of each account. */
function placeholders(accounts: Config['accounts']): ConfigProblem[] {
  return accounts.flatMap(({ name, contacts, domains }) => {
    const path = join('accounts', name);
    const unreachable = contacts.filter(isPlaceholderAddress);
    const unpinned = domains.filter(({ pins }) => pins.some(isPlaceholderPin));
    const [first] = unpinned;
    const about = first === undefined ? '' : domainName(first);
    const more = unpinned.length > 1 ? `, like ${plural(unpinned.length - 1, 'other domain')}` : '';
    return [
      ...unreachable.map((address) => ({
        path: join(path, 'contacts'),
        message: `${address} is an example address: name the people on call`,
      })),
      ...(unpinned.length === 0
        ? []
        : [
            {
              path,
              message: `${about} has example pins${more}, which match no key: "pinwatch check ${about}" shows those in use`,
            },
          ]),
    ];
  });
}
