import type { Check } from '../../core/check.ts';

/** Which keys the server can change to without breaking apps, or that there are none. */
export function backupHint({ pins }: Check): string {
  if (pins.length === 0) return '';
  const backups = pins.filter(({ seen }) => !seen).map(({ pin }) => pin);
  if (backups.length === 0) {
    return ' There is no backup pin: any other key breaks every app.';
  }
  const shown = backups.slice(0, 4).join(', ');
  return ` If the key must change, use the key of a backup pin: ${shown}${backups.length > 4 ? ', …' : ''}`;
}
