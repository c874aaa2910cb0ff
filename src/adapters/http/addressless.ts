/**
 * A reason that is safe to publish: without host names, IP addresses, ports, paths and URLs, which would reveal the
 * network to anyone who can reach the listener. Error codes, versions and times stay.
 */
export function withoutAddresses(reason: string): string {
  return patterns.reduce((text, [pattern, shown]) => text.replace(pattern, shown), reason);
}

const patterns: readonly (readonly [RegExp, string])[] = [
  [/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, '…'],
  [/(\bgetaddrinfo E[A-Z_]+) \S+/g, '$1 …'],
  [/(\bconnect E[A-Z]+) \S+/g, '$1 …'],
  // A path, for example of a socket.
  [/(^|[\s"'(=])\/[^\s"'),;]+/g, '$1…'],
  [/\b(?:\d{1,3}\.){3}\d{1,3}\b(?::\d+)?/g, '…'],
  [/(?<![\w:])\[?[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}\]?(?::\d+)?/gi, '…'],
  // A name with dots, unless it is a key of the configuration.
  [/\b(?!redis\.(?:url|urlFile|cluster)\b)(?:[\w-]+\.)+[a-z][\w-]*\b(?::\d+)?/gi, '…'],
  // A name with a port, but not the time of day in a timestamp (RFC 3339).
  [/(?<![\w-])(?!\d{4}-\d\d-\d\dT)[\w-]+:\d{2,5}\b/g, '…'],
];
