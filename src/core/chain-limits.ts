/** What is read of one chain (`chain_too_large` beyond it): a server can have us read and verify no more than this. */
export const mostCertificates = 20;
export const mostCertificateBytes = 64 * 1024;
/** Of all certificates together; OpenSSL takes no more either. */
export const mostChainBytes = 100 * 1024;
