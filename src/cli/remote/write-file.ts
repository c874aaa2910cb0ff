import { writeFileSync } from 'node:fs';
import { quote } from '../../core/quote.ts';
import { Failure } from './failure.ts';

/** Writes what a command has made to the file that the option names. Throws Failure. */
export function writeFile(option: string, file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new Failure(`${option}: ${quote(file)} cannot be written: ${reason(error)}`);
  }
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'no such folder (ENOENT)' : (code ?? message);
}
