/** Reads the files of a folder as one configuration. */
import type { Environment } from './expand.ts';
import { readFolder } from './folder.ts';
import { hasListener, type ParsedListener, parseListener } from './listener.ts';
import { type Merged, merge, type Part } from './merge.ts';
import type { ConfigProblem } from './problem.ts';
import { decoded, type Failed, mostBytes, parsedDocument, readFile } from './read-text.ts';

export type ReadMerged = { readonly ok: true; readonly document: unknown; readonly merged: Merged } | Failed;

/** The files of a folder as one document. */
export async function readMerged(folder: string): Promise<ReadMerged> {
  const read = readFolder(folder, readFile, mostBytes);
  if (!read.ok) return read;
  const parts: Part[] = [];
  const problems: ConfigProblem[] = [];
  for (const { name, path, bytes } of read.files) {
    const text = decoded(bytes);
    const document = text.ok ? await parsedDocument(text.text) : text;
    if (text.ok && document.ok) parts.push({ name, path, text: text.text, document: document.document });
    else if (!document.ok) problems.push(...document.problems.map((problem) => ({ ...problem, path: name })));
  }
  // What a file that can't be parsed holds would be missed in the rest.
  if (problems.length > 0) return { ok: false, problems };
  const merged = merge(parts);
  return { ok: true, document: merged.document, merged };
}

/** That of the file with the key `http`, whatever is wrong with the others. */
export function listenerIn(folder: string, environment: Environment): ParsedListener {
  const read = readFolder(folder, readFile, mostBytes);
  if (!read.ok) return read;
  for (const { bytes } of read.files) {
    const text = decoded(bytes);
    if (text.ok && hasListener(text.text)) return parseListener(text.text, environment);
  }
  return parseListener('', environment);
}
