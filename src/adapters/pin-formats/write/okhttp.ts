/** Source code for OkHttp's CertificatePinner. */
import type { SourceLanguage } from '../../../core/source-language.ts';
import { hasDoubleAsterisk } from '../okhttp/pattern.ts';
import type { Entry } from './entries.ts';
import { java, kotlin } from './escape.ts';
import { writer } from './writer.ts';

const prefixes = { exact: '', 'one-label': '*.', 'one-label-or-self': '*.', 'any-depth': '**.' };

export const writeOkHttp = writer(
  {
    enforcer: 'OkHttp',
    resolution: 'union',
    covers: ['exact', 'one-label', 'any-depth'],
    oneEntryPerName: false,
    at: ['path'],
    hashes: 'keys',
    observes: false,
    excludes: 'none',
    endsAfter: null,
    leastPins: { enforced: 1, observed: 1 },
  },
  (entries, { language = 'kotlin' }) => ({ text: sources[language](entries) }),
  (entries, { okhttp }) => {
    const deep = entries.filter(({ covers }) => covers === 'any-depth');
    if (deep.length === 0 || hasDoubleAsterisk(okhttp)) return [];
    const found = okhttp === undefined ? 'name its version with --okhttp' : `not ${okhttp}`;
    return deep.map(
      ({ name }) =>
        `${name} is pinned with all names below it: "**." needs OkHttp 4.3 or later, earlier ones pin nothing by it; ${found}`,
    );
  },
);

const sources: Record<SourceLanguage, (entries: readonly Entry[]) => string> = {
  kotlin: (entries) =>
    [
      'import okhttp3.CertificatePinner',
      '',
      'val certificatePinner = CertificatePinner.Builder()',
      ...entries.map((entry) => added(entry, kotlin)),
      '    .build()',
      '',
    ].join('\n'),
  java: (entries) =>
    [
      'import okhttp3.CertificatePinner;',
      '',
      'CertificatePinner certificatePinner = new CertificatePinner.Builder()',
      ...entries.map((entry) => added(entry, java)),
      '    .build();',
      '',
    ].join('\n'),
};

function added({ name, covers, lists }: Entry, literal: (text: string) => string): string {
  const pins = lists.flatMap(({ anyOf }) => anyOf).map((pin) => `        ${literal(pin)}`);
  return [`    .add(\n        ${literal(`${prefixes[covers]}${name}`)}`, ...pins]
    .join(',\n')
    .concat('\n    )');
}
