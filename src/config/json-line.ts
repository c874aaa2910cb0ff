import type { Parsed } from '../core/parsed.ts';
import { parsed, refused } from '../core/parsed.ts';
import { parseDocumentText } from './document.ts';

/**
 * A line of JSON Lines as a plain value; undefined for an empty line. A problem shows no text of the line: the file may have
 * been named by mistake, and hold a password. Duplicate keys are refused, as in YAML.
 */
export function parseJsonLine(bytes: Uint8Array): Parsed<unknown> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refused('expected UTF-8 text, found other bytes');
  }
  if (text.trim() === '') return parsed(undefined);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused('expected one JSON object such as {"host":"api.example.com"}, found no JSON');
  }
  return isWritten(text, value) ? parsed(value) : (duplicateKey(text) ?? parsed(value));
}

/** JSON.parse keeps the last of two equal keys: its result is then shorter than the text. */
function isWritten(text: string, value: unknown): boolean {
  return text.replace(/\s+/g, '') === JSON.stringify(value).replace(/\s+/g, '');
}

/** JSON is YAML 1.2, whose parser compares keys. It is slow, so it reads only lines that JSON.stringify would not write. */
function duplicateKey(text: string): Parsed<never> | null {
  const document = parseDocumentText(text.trim());
  const problem = document.ok ? undefined : document.problems[0];
  return problem === undefined ? null : refused(problem.message.replace(/^line 1, /, ''));
}
