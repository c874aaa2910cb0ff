/** Entries kept of an account's audit trail, and of the installation's. */
export const auditLimit = 10_000;
