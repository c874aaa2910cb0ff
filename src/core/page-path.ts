/** Where the page has an account and a domain, below where it is served. */
export function accountPath(account: string): string {
  return `/accounts/${encodeURIComponent(account)}`;
}

/** `domain`: its name, as `domainName()` gives it. */
export function domainPath(account: string, domain: string): string {
  return `${accountPath(account)}/domains/${encodeURIComponent(domain)}`;
}
