const longestName = 253;
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Whether a text is a host that an entry may be for: A-labels in lower case, at least two, neither an IP address nor what
 * a resolver would take for one. Underscores are accepted, because hosts with them are in use.
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

/** A host as an app has it, in the spelling of entries: lower case (ASCII alone), without a trailing dot. */
export function entrySpelling(host: string): string {
  return host.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/\.$/, '');
}
