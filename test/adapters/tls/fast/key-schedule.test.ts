import { expect, test } from 'vitest';
import {
  keySchedule,
  type TrafficSecret,
  trafficKeys,
  verifyData,
} from '../../../../src/adapters/tls/fast/key-schedule.ts';
import { expand } from '../../../../src/adapters/tls/fast/key-schedule12.ts';
import { digestAt, hmacKey } from '../../../../src/adapters/tls/fast/sha256.ts';
import { bytesOf } from '../../../../src/adapters/tls/fast/words.ts';

const bytes = (text: string) => Buffer.from(text, 'hex');
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex');
const hexOf = (words: readonly number[]) => hex(bytesOf(words));
/** Of keys for AES-128-GCM. */
const keysIn = (secret: TrafficSecret) => {
  const { key, iv } = trafficKeys(secret);
  return { key: hexOf(key.slice(0, 4)), iv: hexOf(iv.slice(0, 3)) };
};
const digest = (text: string) => digestAt(bytes(text), 0);

/** RFC 8448, section 3: the simple handshake. */
const trace = {
  shared: digest('8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d'),
  hellos: digest('860c06edc07858ee8e78f0e7428c58edd6b43f2ca3e6e95f02ed063cf0e1cad8'),
  upToVerify: digest('edb7725fa7a3473b031ec8ef65a2485493900138a2b91291407d7951a06110ed'),
  flight: digest('9608102a0f1ccc6db6250b7b7e417b1a000eaada3daae4777a7686c9ff83df13'),
};

test('the keys of TLS 1.3 are those of RFC 8448', () => {
  const { client, server, afterwards } = keySchedule(trace.shared, trace.hellos);
  expect(keysIn(server)).toEqual({ key: '3fce516009c21727d0f2e4e86ee403bc', iv: '5d313eb2671276ee13000b30' });
  expect(keysIn(client)).toEqual({ key: 'dbfaa693d1762c5b666af5d950258d01', iv: '5bd3c71b836e0b76bb73265f' });
  expect(keysIn(afterwards(trace.flight))).toEqual({
    key: '17422dda596ed5d9acd890e3c63f5051',
    iv: '5b78923dee08579033e523d9',
  });
  expect(hexOf(verifyData(server, trace.upToVerify))).toBe(
    '9b9b141d906337fbd2cbdce71df4deda4ab42c309572cb7fffee5454b78f0718',
  );
  expect(hexOf(verifyData(client, trace.flight))).toBe(
    'a8ec436d677634ae525ac1fcebe11a039ec17694fac6e98527b642f2edd5ce61',
  );
});

test('the pseudorandom function of TLS 1.2 is that of the known vector', () => {
  // The IETF's TLS working group published none with the RFC; this one is from its mailing list (2009), and widely used.
  const made = expand(
    hmacKey(bytes('9bbe436ba940f017b17652849a71db35')),
    Buffer.from('test label'),
    bytes('a0ba9f936cda311827a6f796ffd5198c'),
    25,
  );
  expect(hexOf(made)).toBe(
    'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a' +
      '6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab' +
      '4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701' +
      '87347b66',
  );
});
