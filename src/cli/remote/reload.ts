/** Has the service read its configuration again. */
import type { Command } from 'commander';
import type { AnswerOf } from '../../wire/exchange.ts';
import { type CommonOptions, carryOut, present, type Remote, remoteCommand } from './remote.ts';

export function addReloadCommand(pinwatch: Command, remote: Remote): void {
  remoteCommand(pinwatch, 'reload', 'have the running service read its configuration again', ['reload'])
    .addHelpText(
      'after',
      `
Reloads the process that answers; send SIGHUP to others. If the configuration is
wrong, every problem is shown, and the one from before stays in force.`,
    )
    .action((options: CommonOptions) =>
      carryOut(remote, {}, async (client) => {
        const { body } = await client.call('reloadConfiguration', {});
        return present(remote, options, body, reloadedText);
      }),
    );
}

function reloadedText({ changed, needsRestart, warnings }: AnswerOf<'reloadConfiguration'>): string {
  const lines = [
    changed.length === 0 ? 'nothing has changed' : `in force now: ${changed.join(', ')}`,
    ...(needsRestart.length === 0 ? [] : [`after a restart: ${needsRestart.join(', ')}`]),
    ...warnings.map((warning) => `warning: ${warning}`),
  ];
  return `${lines.join('\n')}\n`;
}
