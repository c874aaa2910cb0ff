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
 * Reads only `http.listen` and whether there is `http.tls`: a running process is healthy, whatever has become wrong in
 * its file since it started.
 */
export function parseListener(text: string, environment: Environment): ParsedListener {
  const section = sectionText(text);
  const fromSection = section === null ? null : listenerIn(section, environment);
  // An alias in the section refers to something outside it.
  return fromSection?.ok ? fromSection : listenerIn(text, environment);
}

/** Whether the text has the key `http`. */
export function hasListener(text: string): boolean {
  const section = sectionText(text);
  if (section !== null) return section !== '';
  const parsed = parseDocumentText(text);
  return parsed.ok && isMap(parsed.document) && parsed.document.http !== undefined;
}

function listenerIn(text: string, environment: Environment): ParsedListener {
  const parsed = parseDocumentText(text);
  if (!parsed.ok) return parsed;
  const { document } = parsed;
  const http = isMap(document) && isMap(document.http) ? document.http : {};
  const reader = new Reader(environment);
  const { host, port } = readListen(reader, { path: 'http.listen', raw: http.listen });
  if (port === 0) {
    reader.fail('http.listen', 'expected a fixed port, found 0, which is a different one after each start');
  }
  if (reader.problems.length > 0) return { ok: false, problems: reader.problems };
  return { ok: true, listener: { host, port, isTls: http.tls !== undefined } };
}

/**
 * The lines of the key `http`, '' if there is none, null if only parsing can tell. A file of 100,000 domains takes
 * seconds to parse, at every health check of a container.
 */
function sectionText(text: string): string | null {
  const [section] = /(?:^|\n)http:(?=\s|$)[^\n]*(?:\n(?:[ \t\r#][^\n]*)?)*/.exec(text) ?? [];
  if (section !== undefined) return section;
  // The key may be quoted, merged or indented, or the whole file may be one flow map.
  return /(?:^|\n)(?:["'?{%[&!]|<<|http|--- *\S|[ \t]+["']?http["']?\s*:)/.test(text) ? null : '';
}
