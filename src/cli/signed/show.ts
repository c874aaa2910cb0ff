import { namedKey } from '../../../verify/typescript/src/public-key.ts';
import { rfc3339 } from '../../core/clock.ts';
import { quote } from '../../core/quote.ts';
import { readClaimedStatement } from '../../flow/sign/certify.ts';
import type { Output } from '../output.ts';
import { exitStatus, orUsageError } from '../usage.ts';
import { publicKey } from './key-arguments.ts';
import { keyJson, keyText } from './key-text.ts';
import type { SignedPorts } from './ports.ts';

/** `pinwatch key show`: the public half of keys, as apps embed it, and what a key statement says. */
export async function showKeys(
  files: readonly string[],
  { json }: { readonly json?: boolean },
  output: Output,
  ports: SignedPorts,
): Promise<number> {
  const shown = [];
  for (const file of files) shown.push(await showFile(file, ports));
  output.stdout(
    json ? `${JSON.stringify(shown.map((one) => one.json))}\n` : shown.map(({ text }) => text).join(''),
  );
  return exitStatus.ok;
}

async function showFile(
  file: string,
  ports: SignedPorts,
): Promise<{ readonly json: object; readonly text: string }> {
  const bytes = orUsageError(`FILE: ${quote(file)}`, ports.readFile(file));
  // A statement or a bundle starts with the base64url of `{"`; PEM never does.
  if (!String.fromCharCode(...bytes.subarray(0, 2)).startsWith('ey')) {
    const key = await publicKey('FILE', file, ports);
    return { json: { file, ...keyJson(key) }, text: keyText(file, key) };
  }
  const { statement, root } = orUsageError(`FILE: ${quote(file)}`, readClaimedStatement(bytes));
  const keys = await Promise.all(statement.keys.map((point) => namedKey(ports.subtle, point)));
  const { audience: channel, generation, issuedAt } = statement;
  return {
    json: { file, channel, generation, issuedAt, root, keys: keys.map(keyJson) },
    text:
      `${file}: not verified; it claims to be generation ${generation} of channel ${channel}, ` +
      `${rfc3339(issuedAt * 1_000)}, signed by root ${root}\n${keys.map((key, at) => keyText(`key ${at + 1}`, key)).join('')}`,
  };
}
