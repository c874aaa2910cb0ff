const longestName = 253;
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Whether an entry may be for this host: at least two labels, A-labels in lower case, and nothing that a resolver takes
 * for an IP address. Underscores are accepted, because hosts with them are in use.
 */
export function isEntryHost(text: string): boolean {
  const labels = text.split('.');
  return (
    text.length <= longestName &&
    labels.length >= 2 &&
    labels.every((one) => label.test(one)) &&
    !/^(?:[0-9]+|0x[0-9a-f]*)$/.test(labels[labels.length - 1] ?? '')
  );
}

/** A host in the spelling of entries: in lower case (ASCII only), without a trailing dot. */
export function entrySpelling(host: string): string {
  return host.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/\.$/, '');
}
