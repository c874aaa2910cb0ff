import { parseDocumentText } from './document.ts';
import type { Environment } from './expand.ts';
import { readListen } from './http.ts';
import type { ConfigProblem } from './problem.ts';
import { isMap, Reader } from './reader.ts';

/** Where a process with this configuration serves HTTP. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

export type ParsedListener =
  | { readonly ok: true; readonly listener: Listener }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/**
 * Reads `http.listen` and whether there is `http.tls`, and nothing else: a process that runs is well, whatever has become
 * wrong in its file since it started.
 */
export function parseListener(text: string, environment: Environment): ParsedListener {
  const section = sectionText(text);
  const fromSection = section === null ? null : listenerIn(section, environment);
  // An alias in the section stands for something outside of it.
  return fromSection?.ok ? fromSection : listenerIn(text, environment);
}

function listenerIn(text: string, environment: Environment): ParsedListener {
  const parsed = parseDocumentText(text);
  if (!parsed.ok) return parsed;
  const { document } = parsed;
  const http = isMap(document) && isMap(document.http) ? document.http : {};
  const reader = new Reader(environment);
  const { host, port } = readListen(reader, { path: 'http.listen', raw: http.listen });
  if (port === 0) {
    reader.fail('http.listen', 'expected a port to ask, found 0, which is another one after each start');
  }
  if (reader.problems.length > 0) return { ok: false, problems: reader.problems };
  return { ok: true, listener: { host, port, isTls: http.tls !== undefined } };
}

/**
 * The lines of the key `http`, '' if there is none, null if that cannot be told without parsing. A file of 100,000 domains
 * takes seconds to parse, every time that a container's health is checked.
 */
function sectionText(text: string): string | null {
  const [section] = /(?:^|\n)http:(?=\s|$)[^\n]*(?:\n(?:[ \t\r#][^\n]*)?)*/.exec(text) ?? [];
  if (section !== undefined) return section;
  // The key may be quoted, merged or indented, or the whole file may be one flow map.
  return /(?:^|\n)(?:["'?{%[&!]|<<|http|--- *\S|[ \t]+["']?http["']?\s*:)/.test(text) ? null : '';
}
