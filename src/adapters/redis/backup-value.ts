import type { BackupValue } from '../../core/backup-format.ts';

/** Bytes as a backup writes them: text if they are UTF-8, else base64. */
export function backupValue(bytes: Buffer): BackupValue {
  const text = bytes.toString();
  // What is not UTF-8 does not come back from its text.
  return Buffer.from(text).equals(bytes) ? text : { base64: bytes.toString('base64') };
}

export function bytesOf(value: BackupValue): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.base64, 'base64');
}
