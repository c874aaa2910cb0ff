import type { Cluster, Redis } from 'ioredis';

/**
 * Tells of each copy of a connection, and of copies of those: BullMQ makes one wherever it waits for jobs or events. They
 * are made with the same options and would be seen by nobody else.
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
