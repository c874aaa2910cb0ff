/** Has the service read its configuration again. */
import type { Command } from 'commander';
import { exitStatus } from '../usage.ts';
import { type CommonOptions, carryOut, present, type Remote, remoteCommand } from './remote.ts';

export function addReloadCommand(pinwatch: Command, remote: Remote): void {
  const about = 'have the service read its configuration again';
  remoteCommand(pinwatch, 'reload', about, ['reload'])
    .addHelpText(
      'after',
      `
Only the process that answers reloads: send the others a SIGHUP. A wrong
configuration changes nothing, and every problem in it is shown.`,
    )
    .action((options: CommonOptions) =>
      carryOut(remote, {}, async (client) => {
        const { body } = await client.call('reloadConfiguration', {});
        present(remote, options, body, ({ changed, needsRestart, warnings }) =>
          [
            changed.length === 0 ? 'nothing has changed' : `in force now: ${changed.join(', ')}`,
            ...(needsRestart.length === 0 ? [] : [`at the next start: ${needsRestart.join(', ')}`]),
            ...warnings.map((warning) => `warning: ${warning}`),
            '',
          ].join('\n'),
        );
        return exitStatus.ok;
      }),
    );
}
