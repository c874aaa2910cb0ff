import { rfc3339 } from '../../../core/clock.ts';
import type { ListedDevice } from '../../../core/unpinned-device.ts';
import { listDevices, repinDevice, unpinDevice } from '../../../flow/publish/devices.ts';
import type { deviceRoutes } from '../../../wire/devices.ts';
import type { AdminPorts } from '../api-options.ts';
import type { Handlers } from '../handler.ts';

export function deviceHandlers(ports: AdminPorts): Handlers<typeof deviceRoutes> {
  return {
    listDevices: {
      answer: async ({ params: { account } }) => {
        const outcome = await listDevices(account, ports);
        return outcome.ok ? { body: { devices: outcome.value.map(deviceView) } } : outcome;
      },
    },
    unpinDevice: {
      answer: async ({ params: { account }, body: { for: forMs, ...wanted }, actor }) => {
        const outcome = await unpinDevice(account, { ...wanted, forMs }, actor, ports);
        return outcome.ok ? { body: deviceView(outcome.value) } : outcome;
      },
    },
    repinDevice: {
      answer: async ({ params: { account, device }, actor }) => {
        const outcome = await repinDevice(account, device, actor, ports);
        return outcome.ok ? { body: null } : outcome;
      },
    },
  };
}

function deviceView({ hash, until, ...others }: ListedDevice) {
  return { device: hash, until: rfc3339(until * 1_000), ...others };
}
