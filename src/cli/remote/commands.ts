import type { Command } from 'commander';
import { addAccountCommands } from './accounts.ts';
import { addApplyCommand } from './apply.ts';
import { addConfigCommands } from './configs.ts';
import { addDeviceCommands } from './devices.ts';
import { addDomainCommands } from './domains.ts';
import { addExportCommand } from './export.ts';
import { addAuditCommand, addIncidentCommands } from './incidents.ts';
import { addLoginCommands } from './login.ts';
import { addNotifyCommands } from './notify.ts';
import { addPinSetExport } from './pin-set-export.ts';
import { addPinSetCommands } from './pin-sets.ts';
import { addPinCommands } from './pins.ts';
import { addProbeCommand } from './probes.ts';
import { addReloadCommand } from './reload.ts';
import { group, type Remote } from './remote.ts';
import { addRotateCommand } from './rotate.ts';
import { addStatusCommand } from './status.ts';
import { addTokenCommands } from './tokens.ts';

/** Every command that speaks to the API. */
export function addRemoteCommands(pinwatch: Command, remote: Remote): void {
  addStatusCommand(pinwatch, remote);
  addReloadCommand(pinwatch, remote);
  addAccountCommands(pinwatch, remote);
  addDomainCommands(pinwatch, remote);
  addPinCommands(pinwatch, remote);
  const pinSets = group(pinwatch, 'pin-set', 'what app versions pin', [
    'pin-set import acme android-5.2 network_security_config.xml',
  ]);
  addPinSetCommands(pinSets, remote);
  addPinSetExport(pinSets, remote);
  addConfigCommands(pinwatch, remote);
  addDeviceCommands(pinwatch, remote);
  addRotateCommand(pinwatch, remote);
  addProbeCommand(pinwatch, remote);
  addIncidentCommands(pinwatch, remote);
  addNotifyCommands(pinwatch, remote);
  addLoginCommands(pinwatch, remote);
  addTokenCommands(pinwatch, remote);
  addApplyCommand(pinwatch, remote);
  addExportCommand(pinwatch, remote);
  addAuditCommand(pinwatch, remote);
}
