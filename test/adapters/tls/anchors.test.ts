import { expect, test } from 'vitest';
import { createRoot, selfSigned } from '../../../lab/authority.ts';
import { rootsOf } from '../../../src/adapters/tls/anchors.ts';

const root = createRoot();
const other = createRoot({ commonName: 'Other Root', algorithm: 'rsa-2048' });
const intermediate = root.intermediate();

test('roots alone are kept', () => {
  const crossSigned = other.crossSign(root);
  const pem = `# our roots\n${root.pem}${intermediate.pem}${crossSigned.pem}\n\ntext\n${other.pem}`;
  expect(rootsOf(pem).join('\n')).toBe([root.pem, other.pem].map((text) => text.trim()).join('\n'));
});

test('a self-signed server certificate is an anchor, though it may sign no others', () => {
  const { pem } = selfSigned({ names: ['api.lab.example'] });
  expect(rootsOf(pem)).toEqual([pem.trim()]);
});

test('a certificate that only bears its own name as the issuer is no root', () => {
  const forged = other.leaf({ subject: root.name, issuerName: root.name });
  expect(rootsOf(forged.pem)).toEqual([]);
  expect(rootsOf(selfSigned({ brokenSignature: true }).pem)).toEqual([]);
});

test('what is no certificate is passed over', () => {
  const broken = '-----BEGIN CERTIFICATE-----\nTm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n';
  expect(rootsOf(broken + root.pem)).toHaveLength(1);
  expect(rootsOf('')).toEqual([]);
});
