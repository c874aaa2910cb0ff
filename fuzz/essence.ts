import { recordsOf } from './mutate.ts';

/**
 * What of a flight node:tls goes by: the messages in the clear, however they are cut into records, and each protected record.
 * A change of ciphers says nothing that the rest does not.
 */
export function essenceOf(parts: readonly Buffer[]): string {
  let isProtected = false;
  const said: string[] = [];
  for (const record of recordsOf(Buffer.concat(parts))) {
    const type = record[0];
    const content = record.toString('hex', 5);
    if (type === 20) isProtected = true;
    else if (type === 23 || isProtected) said.push(` ${record.toString('hex')}`);
    else if (type === 22) said.push(content);
    else said.push(` ${type} ${content}`);
  }
  return said.join('');
}
