import type { ConfigRecord } from './config-incident.ts';
import type { Obstacle } from './rotation-obstacle.ts';

/** URLs that did not have this version yet when they were looked at last: apps that ask there would still get an older one. */
export function notSpread({ report }: Pick<ConfigRecord, 'report'>, version: number): Obstacle[] {
  return (report?.urls ?? []).flatMap(({ url, found, problem }): Obstacle[] => {
    if (found !== null && found.version >= version) return [];
    const what =
      found === null
        ? `${url} could not be read at the last look${problem === null ? '' : ` (${problem})`}`
        : `${url} served version ${found.version} at the last look`;
    const message = `${what}, so apps may not get version ${version} there; it is looked at every minute`;
    return [{ code: 'not_spread', message, override: 'force' }];
  });
}
