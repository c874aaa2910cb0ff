/** What can stand against a step of a rotation, and what can go wrong: closed sets. */

export const obstacleCodes = [
  /** A URL of the signed configuration does not serve the version with the new pin. */
  'not_spread',
  /** Installed apps hold a configuration without the new pin. */
  'not_adopted',
  /** An app version ships without it, and can't get it. */
  'ships_without',
  /** Nobody counts the installs. */
  'not_counted',
  /** The new key was revoked in an emergency. */
  'revoked',
  'provisioned',
  'old_key_presented',
  'not_arrived',
  'not_judged',
  'no_backup',
  /** An app version ships with none of the pins that would stay. */
  'ships_old',
] as const;
export type ObstacleCode = (typeof obstacleCodes)[number];

export interface Obstacle {
  readonly code: ObstacleCode;
  /** Names the apps, endpoints or files. */
  readonly message: string;
  /** What takes the step in spite of it: `force` with a note, or nothing. */
  readonly override: 'force' | 'nothing';
}

export const alarmCodes = [
  'deployed_before_publish',
  'deployed_before_adoption',
  'other_key',
  'pin_lost',
  'revoked',
  'no_backup',
  'domain_gone',
] as const;
export type AlarmCode = (typeof alarmCodes)[number];

export interface Alarm {
  readonly code: AlarmCode;
  /** `critical`: apps fail now. `warning`: they will, or the rotation can't go on. */
  readonly severity: 'critical' | 'warning';
  readonly message: string;
}
