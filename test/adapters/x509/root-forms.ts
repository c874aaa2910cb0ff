/** A root in all common spellings of PEM, which all mean the same. */
export function rootForms(pem: string, keyPem: string): Readonly<Record<string, string>> {
  const base64 = pem.replace(/-----.*|\s/g, '');
  return {
    plain: pem,
    'pasted out of YAML': pem.replace(/^/gm, '    '),
    'indented with tabs': pem.replace(/^/gm, '\t'),
    CRLF: pem.replaceAll('\n', '\r\n'),
    'CR alone': pem.replaceAll('\n', '\r'),
    'a byte order mark': `\ufeff${pem}`,
    'blank lines': pem.replaceAll('\n', '\n\n'),
    'spaces at the ends of lines': pem.replaceAll('\n', ' \n'),
    'one line of base64': `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----`,
    'one line in all': pem.replaceAll('\n', ' '),
    'the old label': pem.replaceAll('CERTIFICATE', 'X509 CERTIFICATE'),
    "OpenSSL's trusted form": trustedForm(base64),
    'the trusted label without settings': pem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'),
    'bag attributes': `Bag Attributes\n    friendlyName: -----x\nsubject=CN=x\n\n${pem}`,
    'text around': `Certificate:\n    Data:\n        Version: 3 (0x2)\n${pem}`,
    'a private key beside it': `${keyPem}${pem}`,
    'text after it': `${pem}\n# the end -----`,
    twice: pem + pem,
  };
}

/** As `openssl x509 -trustout -addtrust serverAuth` writes it: the certificate, then its trust settings. */
export function trustedForm(base64: string): string {
  const settings = Buffer.from('300c300a06082b06010505070301', 'hex');
  const lines = Buffer.concat([Buffer.from(base64, 'base64'), settings])
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n');
  return `-----BEGIN TRUSTED CERTIFICATE-----\n${lines}-----END TRUSTED CERTIFICATE-----\n`;
}
