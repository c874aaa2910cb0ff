import type { HostPattern } from '../../../core/host-pattern.ts';
import { quote } from '../../../core/quote.ts';
import { hostOf } from '../host-literal.ts';

export type ReadPattern =
  | { readonly is: 'pattern'; readonly pattern: HostPattern }
  /** OkHttp takes it, and no host matches it. */
  | { readonly is: 'nothing'; readonly why: () => string }
  | { readonly is: 'refused'; readonly why: string };

/** Whether the version is 4.3 or later; null if no version is given. */
export function hasDoubleAsterisk(version: string | undefined): boolean | null {
  if (version === undefined) return null;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 4 || (major === 4 && minor >= 3);
}

/** The first argument of `add`, as `CertificatePinner.Pin` of that version of OkHttp takes it. */
export function readPattern(text: string, version: string | undefined): ReadPattern {
  const modern = hasDoubleAsterisk(version);
  const [, asterisks = '', name = ''] = /^(\*\*?\.)?(.*)$/s.exec(text) ?? [];
  if (name.includes('*')) {
    const why = `OkHttp 4.3 and later refuses it: "Unexpected pattern: ${onlyText(text)}"`;
    return modern === false ? { is: 'nothing', why: () => literally(version, text) } : { is: 'refused', why };
  }
  const host = hostOf(name);
  if (host === null) {
    return { is: 'refused', why: `OkHttp refuses it: "Invalid pattern: ${onlyText(text)}"` };
  }
  // OkHttp keeps the dot at the end of a name, on both sides.
  if (name.endsWith('.')) {
    return {
      is: 'nothing',
      why: () => `${quote(text)} matches no host: OkHttp takes the dot at its end literally`,
    };
  }
  if (asterisks === '**.') {
    if (modern === null) {
      return {
        is: 'refused',
        why: `${quote(text)} pins every host below ${host} from OkHttp 4.3 on, and no host before: say which version the app has, with --okhttp VERSION`,
      };
    }
    if (!modern) return { is: 'nothing', why: () => literally(version, text) };
    return { is: 'pattern', pattern: { kind: 'any-depth', name: host } };
  }
  return { is: 'pattern', pattern: { kind: asterisks === '' ? 'exact' : 'one-label', name: host } };
}

function literally(version: string | undefined, text: string): string {
  return `${quote(text)} matches no host: OkHttp ${version} takes the asterisks literally`;
}

/** As it stands in OkHttp's own message, but escaped and cut. */
function onlyText(text: string): string {
  return quote(text).slice(1, -1);
}
