import type { Cluster, Redis } from 'ioredis';

/**
 * Reports each copy of a connection, and copies of copies: BullMQ makes one wherever it waits for jobs or events. They
 * have the same options, and would otherwise go unnoticed.
 */
export function tellCopies<Connection extends Redis | Cluster>(
  original: Connection,
  onCopy: (copy: Connection) => void,
): void {
  const duplicate = original.duplicate.bind(original) as (...args: unknown[]) => Connection;
  original.duplicate = ((...args: unknown[]) => {
    const copy = duplicate(...args);
    tellCopies(copy, onCopy);
    onCopy(copy);
    return copy;
  }) as Connection['duplicate'];
}
