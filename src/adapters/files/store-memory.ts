import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { StoreMemory } from '../../flow/store-guard.ts';

/** What is remembered about the store, as JSON in one file. */
export function createStoreMemory(file: string): StoreMemory {
  return {
    load() {
      const text = read(file);
      if (text === null) return null;
      const { id, generation } = parse(text) as { id?: unknown; generation?: unknown };
      if (typeof id === 'string' && Number.isSafeInteger(generation)) {
        return { id, generation: generation as number };
      }
      throw new Error(`${file}: expected JSON with id and generation`);
    },

    save(seen) {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      // Written next to it and flushed first: a reader finds the old or the new file, even after a power cut. Processes
      // that share the folder may do this at the same time.
      const beside = `${file}.${process.pid}`;
      const descriptor = openSync(beside, 'w', 0o600);
      try {
        writeSync(descriptor, `${JSON.stringify(seen)}\n`);
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
      renameSync(beside, file);
    },
  };
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function parse(text: string): object {
  try {
    return Object(JSON.parse(text)) as object;
  } catch {
    return {};
  }
}
