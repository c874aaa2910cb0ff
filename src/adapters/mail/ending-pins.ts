/** What is said of pin sets that stop pinning at a date. */
import type { Check } from '../../core/check.ts';
import { listed } from '../../core/set-names.ts';
import type { Step } from './document.ts';

/** In a few words: `the pins of android-5.2 end soon`. */
export function endingPins({ findings }: Check): string {
  const named = (code: string) => findings.find((finding) => finding.code === code)?.pinSets ?? [];
  const [over, soon] = [named('pins_expired'), named('pins_expiring')];
  if (over.length === 0) return `the pins of ${listed(soon, 'and')} end soon`;
  const past = `the pins of ${listed(over, 'and')} have ended`;
  return soon.length === 0 ? past : `${past}; those of ${listed(soon, 'and')} end soon`;
}

export function endingPinsAdvice(account: string, { findings }: Check): Step[] {
  const names = findings
    .filter(({ code }) => code === 'pins_expiring' || code === 'pins_expired')
    .flatMap(({ pinSets = [] }) => pinSets);
  return [
    { text: 'Release a version of the app whose pins end later, or not at all.' },
    {
      text: 'Then import what it ships. Once no device has the old version any more, remove its pin set:',
      code: [...new Set(names)].slice(0, 4).map((name) => `pinwatch pin-set remove ${account} ${name}`),
    },
  ];
}
