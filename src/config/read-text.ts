/** The bytes, the text and the values of one file. */
import { closeSync, openSync, readSync } from 'node:fs';
import { type Parsed, parsed, refused } from '../core/parsed.ts';
import { type ParsedDocument, parsingDocument } from './document.ts';
import type { ConfigProblem } from './problem.ts';
import { readReason } from './read-reason.ts';
import { inTurns } from './turns.ts';

/** A file of 100,000 domains has about 15 MB. */
export const mostBytes = 64 * 1024 * 1024;

export type Failed = { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** `hint` is what to do if there is no such file. */
export async function readDocument(file: string, hint = ''): Promise<ParsedDocument> {
  // A large file takes a while, and so does whatever came before.
  await new Promise(setImmediate);
  const text = readText(file, hint);
  return text.ok ? await parsedDocument(text.text) : text;
}

export async function parsedDocument(text: string): Promise<ParsedDocument> {
  await new Promise(setImmediate);
  return await inTurns(parsingDocument(text));
}

type ReadText = { readonly ok: true; readonly text: string } | Failed;

export function readText(file: string, hint: string): ReadText {
  const read = readFile(file);
  return read.ok ? decoded(read.value) : failedWith(`cannot be read: ${read.problem}${hint}`);
}

export function decoded(bytes: Uint8Array): ReadText {
  const text = decode(bytes);
  return text === null ? failedWith('expected UTF-8 text, found other bytes') : { ok: true, text };
}

function failedWith(message: string): Failed {
  return { ok: false, problems: [{ path: '', message }] };
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Reads at most `most` bytes (64 MB), even if the size is not known beforehand, as of a pipe. */
export function readFile(path: string, most = mostBytes): Parsed<Uint8Array> {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(path, 'r');
    const chunks: Uint8Array[] = [];
    let size = 0;
    while (size <= most) {
      const chunk = new Uint8Array(64 * 1024);
      const count = readSync(descriptor, chunk);
      if (count === 0) return parsed(Buffer.concat(chunks));
      chunks.push(chunk.subarray(0, count));
      size += count;
    }
    return refused(`it has more than ${most / (1 << 20)} MB`);
  } catch (error) {
    return refused(readReason(error));
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}
