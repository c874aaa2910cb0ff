import { expect, test } from 'vitest';
import { dart, java, kotlin, shell, xml } from '../../../../src/adapters/pin-formats/write/escape.ts';
import { pinWriter } from '../../../../src/adapters/pin-formats/write/pin-writer.ts';
import { ownRules } from '../../../../src/core/own-rules.ts';
import type { PinFormat } from '../../../../src/core/pin-format.ts';
import type { WriteOptions } from '../../../../src/flow/write-pins.ts';

const current = 'sha256/2eyrNNNmG5EDWYIIVE7QON2/E0xQyo9dX0/TsbtDzkE=';
const backup = 'sha256/aPdMAtA2HlJQSU3iyv4U12anVkv4Is1uQKz4jvc+t/4=';
const rules = ownRules([{ host: 'api.example.com', pins: [current, backup] }]);
const seen: WriteOptions['seen'] = new Map([
  [current, { at: new Set(['leaf' as const]), leaves: new Set() }],
]);

function text(format: PinFormat, language: WriteOptions['language'] = 'kotlin'): string {
  const result = pinWriter.write(format, rules, { seen, language });
  return result.ok ? result.text : result.problems.join('\n');
}

test('Android', () => {
  expect(text('nsc')).toBe(`<?xml version="1.0" encoding="utf-8"?>
<network-security-config>
    <domain-config>
        <domain includeSubdomains="false">api.example.com</domain>
        <pin-set>
            <pin digest="SHA-256">2eyrNNNmG5EDWYIIVE7QON2/E0xQyo9dX0/TsbtDzkE=</pin>
            <pin digest="SHA-256">aPdMAtA2HlJQSU3iyv4U12anVkv4Is1uQKz4jvc+t/4=</pin>
        </pin-set>
    </domain-config>
</network-security-config>
`);
});

test('iOS', () => {
  expect(text('nspinneddomains').replaceAll('\t', '')).toContain(`<key>NSPinnedDomains</key>
<dict>
<key>api.example.com</key>
<dict>
<key>NSIncludesSubdomains</key>
<false/>
<key>NSPinnedLeafIdentities</key>
<array>
<dict>
<key>SPKI-SHA256-BASE64</key>
<string>2eyrNNNmG5EDWYIIVE7QON2/E0xQyo9dX0/TsbtDzkE=</string>
</dict>
`);
});

test('TrustKit never reports to its vendor', () => {
  expect(text('trustkit-ios')).toContain('<key>TSKDisableDefaultReportUri</key>\n\t\t\t\t<true/>');
  expect(text('trustkit-android')).toContain(
    '<trustkit-config enforcePinning="true" disableDefaultReportUri="true" />',
  );
});

test('OkHttp in both languages', () => {
  expect(text('okhttp')).toBe(`import okhttp3.CertificatePinner

val certificatePinner = CertificatePinner.Builder()
    .add(
        "api.example.com",
        "${current}",
        "${backup}"
    )
    .build()
`);
  expect(text('okhttp', 'java')).toContain(
    'CertificatePinner certificatePinner = new CertificatePinner.Builder()\n',
  );
  expect(text('okhttp', 'java')).toMatch(/\.build\(\);\n$/);
});

test('React Native', () => {
  expect(JSON.parse(text('rn-ssl-public-key-pinning'))).toEqual({
    'api.example.com': {
      includeSubdomains: false,
      publicKeyHashes: [current.slice(7), backup.slice(7)],
    },
  });
  expect(JSON.parse(text('rn-ssl-manager'))).toEqual({
    sha256Keys: { 'api.example.com': [current, backup] },
    domains: { 'api.example.com': { enforcePinning: true, includeSubdomains: false } },
  });
});

test('a header and an option', () => {
  const [a, b] = [current.slice(7), backup.slice(7)];
  expect(text('hpkp')).toBe(`Public-Key-Pins: pin-sha256="${a}"; pin-sha256="${b}"; max-age=5184000\n`);
  expect(text('curl')).toBe(`--pinnedpubkey 'sha256//${a};sha256//${b}'\n`);
});

test('strings can end no literal early, in any of the languages', () => {
  const hostile = `"'\`$x\\\n<!--&`;
  expect(kotlin(hostile)).toBe('"\\"\'`\\$x\\\\\\n<!--&"');
  expect(java(hostile)).toBe('"\\"\'`$x\\\\\\n<!--&"');
  expect(dart(hostile)).toBe("'\"\\'`\\$x\\\\\\n<!--&'");
  expect(xml(hostile)).toBe("&quot;'`$x\\\n&lt;!--&amp;");
  expect(shell("it's")).toBe("'it'\\''s'");
});
