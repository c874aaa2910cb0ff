/** Protocol versions by their number in TLS (RFC 8446, section 4.2.1). */
export const version12 = 0x0303;
export const version13 = 0x0304;
