/** Limits of one chain (`chain_too_large` beyond them): a server can make us read and verify no more than this. */
export const mostCertificates = 20;
export const mostCertificateBytes = 64 * 1024;
/** All certificates together; OpenSSL's limit is the same. */
export const mostChainBytes = 100 * 1024;
