import type { Check } from '../../core/check.ts';

/** What may be changed to without breaking an app, or that there is nothing. */
export function backupHint({ pins }: Check): string {
  if (pins.length === 0) return '';
  const backups = pins.filter(({ seen }) => !seen).map(({ pin }) => pin);
  if (backups.length === 0) {
    return ' There is no backup pin: any other key breaks every app.';
  }
  const shown = backups.slice(0, 4).join(', ');
  return ` If the key must change, change to that of a backup pin: ${shown}${backups.length > 4 ? ', …' : ''}`;
}
