/** `sha256/` and 44 base64 characters: SHA-256 over a certificate's SubjectPublicKeyInfo (RFC 7469, section 2.4). */
export type Pin = `sha256/${string}`;
