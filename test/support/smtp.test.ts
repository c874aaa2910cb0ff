import { createTransport } from 'nodemailer';
import { expect, test } from 'vitest';
import { selfSigned } from '../../lab/authority.ts';
import { startSmtp } from './smtp.ts';

const message = (to: string, subject = 'Hello') => ({ from: 'a@example.com', to, subject, text: 'ünicode' });

test('keeps messages in order and hands each one out once', async () => {
  const server = await startSmtp();
  const transport = createTransport(server.url);
  const two = server.next(2);
  for (const subject of ['one', 'two', 'three']) await transport.sendMail(message('b@example.com', subject));
  expect((await two).map(({ mail }) => mail.subject)).toEqual(['one', 'two']);
  const [third] = await server.next();
  expect(third).toMatchObject({ from: 'a@example.com', to: ['b@example.com'] });
  expect(third?.mail.text).toBe('ünicode\n');
  expect(third?.raw.toString()).toContain('Subject: three');
  expect(server.received).toHaveLength(3);
  await server.close();
});

test('fails for a recipient, or for all, until told otherwise', async () => {
  const server = await startSmtp();
  const transport = createTransport(server.url);
  server.fail('b@example.com', 451);
  await expect(transport.sendMail(message('b@example.com'))).rejects.toMatchObject({ responseCode: 451 });
  await transport.sendMail(message('c@example.com'));
  server.fail('*', 550);
  await expect(transport.sendMail(message('c@example.com'))).rejects.toMatchObject({ responseCode: 550 });
  server.fail('*', null);
  server.fail('b@example.com', null);
  await transport.sendMail(message('b@example.com'));
  expect(server.refused).toBe(2);
  expect(server.received.map(({ to }) => to[0])).toEqual(['c@example.com', 'b@example.com']);
  await server.close();
});

test('refuses connections during an outage and is back on the same port', async () => {
  const server = await startSmtp();
  const transport = createTransport({ url: server.url, pool: true });
  await transport.sendMail(message('b@example.com'));
  await server.stop();
  await expect(transport.sendMail(message('b@example.com'))).rejects.toThrow('ECONNREFUSED');
  await server.start();
  await transport.sendMail(message('b@example.com'));
  expect(server.received).toHaveLength(2);
  transport.close();
  await server.close();
});

test('speaks TLS from the start, and STARTTLS where it has a certificate', async () => {
  const { pem: cert, keyPem: key } = selfSigned({ names: ['127.0.0.1'] });
  for (const secure of [true, false]) {
    const server = await startSmtp({ server: { secure, cert, key } });
    expect(server.url).toMatch(secure ? /^smtps:/ : /^smtp:/);
    const transport = createTransport({ url: server.url, requireTLS: true, tls: { ca: cert } });
    await transport.sendMail(message('b@example.com'));
    expect(server.received).toHaveLength(1);
    await server.close();
  }
});
