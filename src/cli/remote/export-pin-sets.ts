import { parsePinSetName } from '../../core/imported-set.ts';
import { quote } from '../../core/quote.ts';
import type { Client } from './client.ts';
import { Failure } from './failure.ts';
import { literal } from './literal.ts';

/** What an account's file has for one import, and the file with its text. */
export interface ExportedPinSet {
  readonly entry: Readonly<Record<string, string>>;
  readonly file: string;
  readonly text: string;
}

export async function exportedPinSets(client: Client, account: string): Promise<ExportedPinSet[]> {
  const { body } = await client.call('listPinSets', { params: { account } });
  const exported: ExportedPinSet[] = [];
  for (const name of new Set(body.pinSets.map((set) => set.import))) {
    const shown = (await client.call('showPinSet', { params: { account, name } })).body;
    const [first] = shown.pinSets;
    if (first === undefined || shown.text === null) continue;
    // It becomes a part of a path.
    if (!parsePinSetName(name).ok) throw new Failure(`the server has a pin set with the name ${quote(name)}`);
    const file = `pin-set-${name}.txt`;
    const given = {
      ...{ name, format: first.format, file },
      ...{ appVersion: first.appVersion, note: first.note || null },
      ...shown.options,
    };
    const entries = Object.entries(given).flatMap(([key, value]) =>
      value === null ? [] : [[key, literal(value)] as const],
    );
    exported.push({ entry: Object.fromEntries(entries), file, text: shown.text });
  }
  return exported;
}
