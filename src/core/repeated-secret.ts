/** In place of an answer that repeats a secret. */
export const notShown = '(not shown, it repeats a secret)';

/** Too short to be told from ordinary text; no secret of a service that keeps any is that short. */
const leastLength = 4;

/**
 * Whether a server's answer repeats what it was sent: as it is, percent-encoded or in base64. Look before the text is cut,
 * because a part of a secret is one too.
 */
export function repeatsSecret(text: string, secrets: readonly string[]): boolean {
  return secrets
    .filter(({ length }) => length >= leastLength)
    .flatMap((secret) => [secret, encodeURIComponent(secret), base64Start(secret)])
    .some((form) => text.includes(form));
}

/** Without the end, which depends on what follows the secret. */
function base64Start(secret: string): string {
  const bytes = new TextEncoder().encode(secret);
  return btoa(String.fromCharCode(...bytes)).slice(0, Math.floor((bytes.length * 4) / 3));
}
