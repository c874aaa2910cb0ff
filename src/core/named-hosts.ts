import type { GeneralName } from './general-name.ts';
import { addressText } from './ip.ts';
import { quote } from './quote.ts';

/** A shared certificate of a CDN names a hundred: these show whose it is. */
const shown = 4;

/** The hosts that a leaf is for, as a person reads them: quoted, escaped and bounded, because a server sends them. */
export function namedHosts(names: readonly GeneralName[]): string {
  const hosts = names.filter(({ kind }) => kind === 'dns' || kind === 'ip');
  if (hosts.length === 0) return 'it names no host';
  const first = hosts.slice(0, shown).map(hostText).join(', ');
  const hidden = hosts.length - shown;
  return `it is for ${first}${hidden > 0 ? ` and ${hidden} more` : ''}`;
}

function hostText(name: GeneralName): string {
  if (name.kind === 'ip') return addressText(name.value);
  return name.kind === 'dns' ? quote(name.value) : '';
}
