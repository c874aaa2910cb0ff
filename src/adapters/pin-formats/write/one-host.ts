/** The notations that have the pins of one host and don't name it: Flutter's list, HPKP's header, curl's option. */
import { base64Of, colonHexOf } from './digest.ts';
import type { Entry } from './entries.ts';
import { dart, shell } from './escape.ts';
import type { Notation } from './notation.ts';
import { writer } from './writer.ts';

const oneHost: Notation = {
  enforcer: '',
  resolution: 'one host',
  covers: ['exact'],
  oneEntryPerName: true,
  at: ['leaf'],
  hashes: 'keys',
  observes: false,
  excludes: 'none',
  endsAfter: null,
  leastPins: { enforced: 1, observed: 1 },
};

export const writeFlutter = writer(
  { ...oneHost, enforcer: 'http_certificate_pinning', hashes: 'certificates' },
  ([entry]) => {
    const items = pinsOf(entry).map((pin) => `  ${dart(colonHexOf(pin))},\n`);
    return { text: `const allowedSHAFingerprints = <String>[\n${items.join('')}];\n` };
  },
);

export const writeCurl = writer({ ...oneHost, enforcer: 'curl' }, ([entry]) => ({
  text: `--pinnedpubkey ${shell(
    pinsOf(entry)
      .map((pin) => `sha256//${base64Of(pin)}`)
      .join(';'),
  )}\n`,
}));

/** As RFC 7469, section 4.1, recommends: about 60 days, in seconds. */
const maxAge = 5_184_000;

export const writeHpkp = writer(
  {
    ...oneHost,
    enforcer: 'HPKP',
    covers: ['exact', 'any-depth'],
    at: ['path'],
    observes: true,
    leastPins: { enforced: 2, observed: 2 },
  },
  ([entry]) => {
    const name = entry?.enforce === false ? 'Public-Key-Pins-Report-Only' : 'Public-Key-Pins';
    const directives = [
      ...pinsOf(entry).map((pin) => `pin-sha256="${base64Of(pin)}"`),
      `max-age=${maxAge}`,
      ...(entry?.covers === 'any-depth' ? ['includeSubDomains'] : []),
    ];
    return {
      text: `${name}: ${directives.join('; ')}\n`,
      notes: [
        'Clients that honour it keep the pins for 60 days after each answer with it; current browsers ignore it.',
      ],
    };
  },
);

function pinsOf(entry: Entry | undefined) {
  return entry?.lists.flatMap(({ anyOf }) => anyOf) ?? [];
}
