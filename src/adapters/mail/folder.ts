import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { visible } from '../../core/hostile-text.ts';
import type { Delivery, Letter, Mailer } from '../../flow/mailer.ts';
import { senderAddress } from './headers.ts';
import type { Installation } from './installation.ts';
import { composeLetter } from './message.ts';

export interface MailFolderOptions extends Installation {
  /** Created if missing. */
  readonly directory: string;
}

/**
 * For use without a mail server: each letter becomes `<directory>/<time>-<id>.eml`, which any mail program opens.
 * A repeat replaces the file; a file is always complete. Throws at once if `from` is not an address.
 */
export function createMailFolder({ directory, ...installation }: MailFolderOptions): Mailer {
  senderAddress(installation.from);
  return {
    async send(letter, signal) {
      const message = await composeLetter(letter, installation);
      const path = resolve(directory, fileName(letter));
      try {
        signal.throwIfAborted();
        await writeWhole(directory, path, message, signal);
        return letter.recipients.map(
          (recipient): Delivery => ({ recipient, outcome: 'sent', isWritten: true, receipt: path }),
        );
      } catch (error) {
        // An operator has to fix a full disk or a missing permission; until then the letter waits.
        const reason = visible(
          `cannot write ${path}: ${error instanceof Error ? error.message : error}`,
          300,
        );
        return letter.recipients.map(
          (recipient): Delivery => ({ recipient, outcome: 'failed_temporary', reason }),
        );
      }
    },
    async close() {},
  };
}

/** `20261122T041054Z-<id>.eml`: sorts by time. */
function fileName({ createdAt, id }: Letter): string {
  return `${new Date(createdAt).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z-${id}.eml`;
}

/** Written under another name, flushed, then renamed: a reader never finds half a letter, even after a power cut. */
async function writeWhole(
  directory: string,
  path: string,
  content: Buffer,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const temporary = join(directory, `.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, 'wx', 0o640);
    try {
      await file.writeFile(content, { signal });
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
