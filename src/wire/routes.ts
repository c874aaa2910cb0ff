/** Every route of the API, by its operation id. */
import { accountRoutes } from './accounts.ts';
import { adoptionRoutes } from './adoption.ts';
import { auditRoutes } from './audit.ts';
import { configRoutes } from './configs.ts';
import { deviceRoutes } from './devices.ts';
import { discoveryRoutes } from './discovery.ts';
import { domainRoutes } from './domains.ts';
import { exportRoutes } from './exports.ts';
import { incidentRoutes } from './incidents.ts';
import { pinSetRoutes } from './pin-sets.ts';
import { pinRoutes } from './pins.ts';
import { probeRoutes } from './probes.ts';
import { reloadRoutes } from './reload.ts';
import { rotationRoutes } from './rotations.ts';
import { statusRoutes } from './status.ts';
import { tokenRoutes } from './tokens.ts';

export const routes = {
  ...tokenRoutes,
  ...accountRoutes,
  ...domainRoutes,
  ...discoveryRoutes,
  ...pinRoutes,
  ...pinSetRoutes,
  ...exportRoutes,
  ...configRoutes,
  ...adoptionRoutes,
  ...deviceRoutes,
  ...rotationRoutes,
  ...incidentRoutes,
  ...probeRoutes,
  ...auditRoutes,
  ...statusRoutes,
  ...reloadRoutes,
};

export type Routes = typeof routes;
