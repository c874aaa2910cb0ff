/** Offered unless a domain says otherwise: what the HTTP clients of Android and iOS offer. */
export const defaultAlpn: readonly string[] = ['h2', 'http/1.1'];
