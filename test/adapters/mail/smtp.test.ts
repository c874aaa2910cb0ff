import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { selfSigned } from '../../../lab/authority.ts';
import { createSmtpMailer, type SmtpMailerOptions } from '../../../src/adapters/mail/smtp.ts';
import { rfc5321 } from '../../../src/adapters/mail/transaction.ts';
import { type SmtpOptions, type SmtpServer, startSmtp } from '../../support/smtp.ts';
import { burst, letter, transition } from './letters.ts';

const from = 'pinwatch@example.com';
const never = new AbortController().signal;
const undo: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function smtp(options: SmtpOptions = {}): Promise<SmtpServer> {
  const server = await startSmtp(options);
  undo.push(() => server.close());
  return server;
}

function mailer(url: string, more: Partial<SmtpMailerOptions> = {}) {
  const made = createSmtpMailer({ url, from, ...more });
  undo.push(() => made.close());
  return made;
}

/** A scripted server that never accepts a message, for what smtp-server can't do. */
async function scripted(greeting: string | null, answer: (command: string) => string | null) {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => {});
    if (greeting !== null) socket.write(`${greeting}\r\n`);
    socket.on('data', (data) => {
      for (const command of data.toString().split('\r\n').filter(Boolean)) {
        const reply = answer(command);
        if (reply !== null) socket.write(`${reply}\r\n`);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo.push(async () => {
    for (const socket of open) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return { url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, server, open };
}

/** Not once(): it rejects on the reset that a destroyed connection may end with. */
function gone(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('close', resolve));
}

test('one transaction for all recipients; the To header names everyone', async () => {
  const server = await smtp();
  const one = letter([transition()], { recipients: ['oncall@example.com'] });
  const [delivery] = await mailer(server.url).send(one, never);
  expect(delivery).toEqual({
    recipient: 'oncall@example.com',
    outcome: 'sent',
    receipt: expect.stringMatching(/^250 /),
  });
  const [received] = await server.next();
  expect(received).toMatchObject({ from, to: ['oncall@example.com'] });
  expect(received?.mail.to?.map(({ address }) => address)).toEqual(one.everyone);
  expect(received?.mail.text).toContain('CRITICAL: apps cannot connect to api.example.com');
  expect(received?.mail.html).toContain('What to do');
});

test('temporary and permanent refusals are told apart for each recipient, in one transaction', async () => {
  const server = await smtp();
  server.fail('gone@example.com', 550);
  server.fail('busy@example.com', 451);
  server.fail('many@example.com', 552);
  const recipients = ['devops@example.com', 'gone@example.com', 'busy@example.com', 'many@example.com'];
  const deliveries = await mailer(server.url).send(letter([transition()], { recipients }), never);
  expect(deliveries.map(({ recipient, outcome }) => [recipient, outcome])).toEqual([
    ['devops@example.com', 'sent'],
    ['gone@example.com', 'failed_permanent'],
    ['busy@example.com', 'failed_temporary'],
    ['many@example.com', 'failed_temporary'],
  ]);
  expect(deliveries[1]).toMatchObject({ reason: expect.stringMatching(/^RCPT TO: 550 .*fails on purpose/) });
  expect(server.received).toHaveLength(1);
});

test('nobody took it: the refusal of one mailbox is permanent next to one that is only busy', async () => {
  const server = await smtp();
  server.fail('gone@example.com', 550);
  server.fail('busy@example.com', 451);
  const recipients = ['gone@example.com', 'busy@example.com'];
  const deliveries = await mailer(server.url).send(letter([transition()], { recipients }), never);
  expect(deliveries.map(({ outcome }) => outcome)).toEqual(['failed_permanent', 'failed_temporary']);
});

// As Postfix, Exchange, Exim, Sendmail and qmail write them.
test.each<[code: number, text: string, outcome: 'failed_permanent' | 'failed_temporary']>([
  [
    550,
    '5.1.1 <gone@example.com>: Recipient address rejected: User unknown in local recipient table',
    'failed_permanent',
  ],
  [550, '5.1.2 <gone@example.com>: Recipient address rejected: Domain not found', 'failed_permanent'],
  [501, '5.1.3 Bad recipient address syntax', 'failed_permanent'],
  [550, '5.1.6 Mailbox has moved, no forwarding address', 'failed_permanent'],
  [550, '5.2.1 The email account that you tried to reach is disabled', 'failed_permanent'],
  [550, 'No such user here', 'failed_permanent'],
  [551, 'User not local; please try <gone@example.net>', 'failed_permanent'],
  [553, 'sorry, no mailbox here by that name', 'failed_permanent'],
  [553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", 'failed_temporary'],
  [554, '5.7.1 <pinwatch.example.com[192.0.2.1]>: Client host rejected: Access denied', 'failed_temporary'],
  [553, '5.7.1 <pinwatch@example.com>: Sender address rejected: not owned by user ops', 'failed_temporary'],
  [554, '5.7.1 <gone@example.com>: Relay access denied', 'failed_temporary'],
  [550, '5.7.1 Unable to relay', 'failed_temporary'],
  [550, '5.7.26 This mail is unauthenticated', 'failed_temporary'],
  [550, '5.1.0 <pinwatch@example.com>: Sender address rejected: User unknown', 'failed_temporary'],
  [550, '5.1.8 <pinwatch@example.com>: Sender address rejected: Domain not found', 'failed_temporary'],
  [504, '5.5.2 <pinwatch>: Helo command rejected: need fully-qualified hostname', 'failed_temporary'],
  [552, '5.2.2 Mailbox full', 'failed_temporary'],
  [554, 'Transaction failed', 'failed_temporary'],
  [530, '5.7.0 Must issue a STARTTLS command first', 'failed_temporary'],
  [521, '5.3.2 Service currently unavailable', 'failed_temporary'],
  [450, '4.1.2 <gone@example.com>: Recipient address rejected: Domain not found', 'failed_temporary'],
  [450, '5.1.1 a reply that contradicts itself', 'failed_temporary'],
])('a refused recipient next to an accepted one: %i %s', async (code, text, outcome) => {
  const server = await smtp();
  server.fail('gone@example.com', code, text);
  const recipients = ['gone@example.com', 'devops@example.com'];
  const sending = mailer(server.url).send(letter([transition()], { recipients }), never);
  expect(await sending).toMatchObject([
    { outcome, reason: expect.stringContaining(`RCPT TO: ${code} `) },
    { outcome: 'sent' },
  ]);
});

test('if all are refused, alike or not, it is temporary: nobody has been notified yet', async () => {
  const server = await smtp();
  const recipients = ['a@example.com', 'b@example.com'];
  const outcomes = async () => {
    const deliveries = await mailer(server.url).send(letter([transition()], { recipients }), never);
    return deliveries.map(({ outcome }) => outcome);
  };
  server.fail('*', 550, '5.1.1 user unknown');
  expect(await outcomes()).toEqual(['failed_temporary', 'failed_temporary']);
  server.fail('b@example.com', 553);
  expect(await outcomes()).toEqual(['failed_temporary', 'failed_temporary']);
  recipients.pop();
  expect(await outcomes()).toEqual(['failed_temporary']);
});

test('in a reply of several lines, the enhanced code of any line counts', async () => {
  const answer = (reply: string) => (command: string) => {
    if (command.startsWith('RCPT TO:<gone')) return reply;
    if (command === 'DATA') return '354 go on';
    return command === '.' || /^(EHLO|MAIL|RCPT|QUIT)/.test(command) ? '250 fine' : null;
  };
  const recipients = ['gone@example.com', 'devops@example.com'];
  const outcome = async (reply: string) => {
    const { url } = await scripted('220 ready', answer(reply));
    return (await mailer(url).send(letter([transition()], { recipients }), never))[0]?.outcome;
  };
  expect(await outcome('550-5.1.1 The account that you tried to reach\r\n550 5.1.1 does not exist')).toBe(
    'failed_permanent',
  );
  expect(await outcome('550-Administrative prohibition\r\n550 5.7.1 your address is listed')).toBe(
    'failed_temporary',
  );
});

test('an outage is temporary for all, and the repeat after it has the same Message-ID', async () => {
  const server = await smtp();
  const sender = mailer(server.url);
  const one = letter([transition()]);
  await server.stop();
  const failed = await sender.send(one, never);
  expect(failed.map(({ outcome }) => outcome)).toEqual(['failed_temporary', 'failed_temporary']);
  expect(failed[0]).toMatchObject({ reason: expect.stringContaining('ECONNREFUSED') });
  await server.start();
  await sender.send(one, never);
  await sender.send(one, never);
  const [first, second] = await server.next(2);
  expect(first?.mail.messageId).toBe('<acme-mhx3k9a0-1@example.com>');
  const message = (raw: Buffer | undefined) =>
    raw?.toString().replace(/^Received:.*(\r\n[ \t].*)*\r\n/gm, '');
  expect(message(second?.raw)).toBe(message(first?.raw));
});

test('a refused message, sender or greeting is for an operator to fix', async () => {
  const answers = (refused: string, reply: string) => (command: string) => {
    if (command.startsWith(refused)) return reply;
    if (command === 'DATA') return '354 go on';
    return command === '.' || /^(EHLO|MAIL|RCPT|QUIT)/.test(command) ? '250 fine' : null;
  };
  const outcome = async (greeting: string, answer: (command: string) => string | null) => {
    const { url } = await scripted(greeting, answer);
    const [delivery] = await mailer(url).send(letter([transition()]), never);
    return [delivery?.outcome, delivery && 'reason' in delivery ? delivery.reason : ''];
  };
  const greeting = '220 ready';
  expect(await outcome(greeting, answers('.', '554 spam'))).toEqual(['failed_temporary', 'DATA: 554 spam']);
  const unknown = '550 5.1.1 user unknown';
  expect(await outcome(greeting, answers('.', unknown))).toEqual(['failed_temporary', `DATA: ${unknown}`]);
  expect(await outcome(greeting, answers('.', '451 later'))).toEqual(['failed_temporary', 'DATA: 451 later']);
  expect(await outcome(greeting, answers('MAIL', '550 not you'))).toEqual([
    'failed_temporary',
    'MAIL FROM: 550 not you',
  ]);
  expect((await outcome('554 go away', answers('-', '')))[0]).toBe('failed_temporary');
});

test('a server’s text is bounded and escaped in the reason', async () => {
  const { url } = await scripted(`554 ${'\u001b[2J'.repeat(500)}`, () => null);
  const [delivery] = await mailer(url).send(letter([transition()]), never);
  const reason = delivery && 'reason' in delivery ? delivery.reason : '';
  expect(reason.length).toBeLessThanOrEqual(300);
  expect(reason).toMatch(/^[\x20-\x7e…]+\u2026?$/);
  expect(reason).toContain('\\u{1b}');
});

test('credentials come from the URL; refused ones are temporary, because an operator can fix them', async () => {
  const { pem, keyPem } = selfSigned({ names: ['127.0.0.1'] });
  const server = await smtp({
    server: {
      secure: true,
      cert: pem,
      key: keyPem,
      authOptional: false,
      onAuth: ({ username, password }, _session, done) =>
        username === 'pin@watch' && password === 'p/w:1'
          ? done(null, { user: username })
          : done(Object.assign(new Error('bad credentials'), { responseCode: 535 })),
    },
  });
  const address = server.url.slice('smtps://'.length);
  const good = mailer(`smtps://pin%40watch:p%2Fw%3A1@${address}`, { ca: pem });
  expect((await good.send(letter([transition()]), never))[0]?.outcome).toBe('sent');
  const bad = mailer(`smtps://pin%40watch:secret@${address}`, { ca: pem });
  const [refused] = await bad.send(letter([transition()]), never);
  expect(refused).toMatchObject({
    outcome: 'failed_temporary',
    reason: expect.stringMatching(/^the mail server refused the credentials of mail\.smtp: .*535/),
  });
  expect(JSON.stringify(refused)).not.toContain('secret');
});

test('smtp:// uses TLS if STARTTLS is offered, and sends nothing to an impostor', async () => {
  const { pem, keyPem } = selfSigned({ names: ['127.0.0.1'] });
  const server = await smtp({ server: { cert: pem, key: keyPem } });
  const [sent] = await mailer(server.url, { ca: pem }).send(letter([transition()]), never);
  expect(sent?.outcome).toBe('sent');
  expect(server.received[0]?.raw.length).toBeGreaterThan(0);
  const [refused] = await mailer(server.url).send(letter([transition()]), never);
  expect(refused).toMatchObject({
    outcome: 'failed_temporary',
    reason: expect.stringContaining('certificate'),
  });
  expect(server.received).toHaveLength(1);
});

test('a message too large for the server is sent again with a shorter JSON part', async () => {
  const server = await smtp({ server: { size: 1_000_000 } });
  const one = letter(burst(400));
  const [delivery] = await mailer(server.url).send(one, never);
  expect(delivery?.outcome).toBe('sent');
  const content = server.received[0]?.mail.attachments[0]?.content as ArrayBuffer;
  const { transitions, abridged } = JSON.parse(new TextDecoder().decode(content));
  expect([transitions.length, abridged]).toEqual([400, 400]);
});

test('an invalid address is refused by itself and delays no other recipient', async () => {
  const server = await smtp();
  const recipients = [
    'a@example.com\r\nRCPT TO:<evil@example.net>',
    'devops@example.com',
    'nobody',
    '<x@example.com>',
  ];
  const deliveries = await mailer(server.url).send(letter([transition()], { recipients }), never);
  expect(deliveries.map(({ outcome }) => outcome)).toEqual([
    'failed_permanent',
    'sent',
    'failed_permanent',
    'failed_permanent',
  ]);
  expect(server.received[0]?.to).toEqual(['devops@example.com']);
});

test('a server that is silent before it has the message is abandoned, and has taken nothing', async () => {
  for (const greeting of [null, '220 ready']) {
    const { url } = await scripted(greeting, () => null);
    const [delivery] = await mailer(url, { patience: { replyMs: 200 } }).send(letter([transition()]), never);
    expect(delivery).toMatchObject({
      outcome: 'failed_temporary',
      reason: expect.stringMatching(/time|received/i),
    });
    expect(delivery).not.toHaveProperty('perhapsTaken');
  }
});

test('the deadlines are those of RFC 5321: the longest for the final reply', () => {
  const minute = 60_000;
  expect(rfc5321).toMatchObject({ replyMs: 5 * minute, blockMs: 3 * minute, lastWordMs: 10 * minute });
});

test('the final reply has its own deadline, and a message that missed it may have been accepted', async () => {
  const server = await smtp();
  const unanswered = {
    outcome: 'failed_temporary',
    perhapsTaken: true,
    reason: expect.stringContaining('may have accepted it'),
  };
  server.afterData('stall');
  const patience = { lastWordMs: 100 };
  const stalled = await mailer(server.url, { patience }).send(letter([transition()]), never);
  expect(stalled).toMatchObject([unanswered, unanswered]);
  server.afterData('vanish');
  expect(await mailer(server.url).send(letter([transition()]), never)).toMatchObject([
    unanswered,
    unanswered,
  ]);
  expect(server.received).toHaveLength(2);
});

test('a message that was refused at the end, or broke off in the middle, was not accepted', async () => {
  const server = await smtp();
  server.afterData({ code: 451, text: '4.3.0 later' });
  const [refused] = await mailer(server.url).send(letter([transition()]), never);
  expect(refused).toEqual({
    recipient: 'devops@example.com',
    outcome: 'failed_temporary',
    reason: 'DATA: 451 4.3.0 later',
  });
  // Takes no byte of the message: its window is full long before the end.
  const { url, server: deaf } = await scripted('220 ready', (command) =>
    command === 'DATA' ? '354 go on' : /^(EHLO|MAIL|RCPT)/.test(command) ? '250 fine' : null,
  );
  deaf.on('connection', (socket: Socket) =>
    socket.on('data', (data) => {
      if (data.toString().includes('DATA')) socket.pause();
    }),
  );
  const [broken] = await mailer(url, { patience: { blockMs: 200 } }).send(letter(burst(1_000)), never);
  expect(broken).toMatchObject({ outcome: 'failed_temporary' });
  expect(broken).not.toHaveProperty('perhapsTaken');
});

test('gives the configured name, otherwise an address literal or its own name', async () => {
  const said: string[] = [];
  const { url } = await scripted('220 ready', (command) => {
    if (command.startsWith('EHLO')) said.push(command);
    return '421 go away';
  });
  await mailer(url, { name: 'pinwatch.example.com' }).send(letter([transition()]), never);
  await mailer(url).send(letter([transition()]), never);
  expect(said[0]).toBe('EHLO pinwatch.example.com');
  expect(said[1]).toMatch(/^EHLO (\[127\.0\.0\.1\]|\S+\.\S+)$/);
});

test('a password is never sent in the clear, unless that is configured', async () => {
  const logins: string[] = [];
  const server = await smtp({
    server: {
      allowInsecureAuth: true,
      authOptional: true,
      onAuth: ({ username }, _session, done) => {
        logins.push(username ?? '');
        done(null, { user: username });
      },
    },
  });
  const url = server.url.replace('smtp://', 'smtp://pinwatch:secret@');
  const refused = { outcome: 'failed_temporary', reason: expect.stringContaining('mail.tls requires it') };
  expect((await mailer(url).send(letter([transition()]), never))[0]).toMatchObject(refused);
  // Without a password there is only the mail to protect, which mail servers pass on in the clear anyway.
  expect((await mailer(server.url).send(letter([transition()]), never))[0]?.outcome).toBe('sent');
  const strict = mailer(server.url, { tls: 'required' });
  expect((await strict.send(letter([transition()]), never))[0]).toMatchObject(refused);
  expect(logins).toEqual([]);
  const open = mailer(url, { tls: 'opportunistic' });
  expect((await open.send(letter([transition()]), never))[0]?.outcome).toBe('sent');
  expect(logins).toEqual(['pinwatch']);
});

test('no more connections at a time than a mail server accepts from one client', async () => {
  const { url, open, server } = await scripted('220 ready', () => null);
  const sender = mailer(url);
  const controller = new AbortController();
  const letters = Array.from({ length: 55 }, () => sender.send(letter([transition()]), controller.signal));
  while (open.size < 50) await once(server, 'connection');
  const most = open.size;
  server.on('connection', () => expect(open.size).toBeLessThanOrEqual(50));
  controller.abort();
  await Promise.all(letters);
  expect(most).toBe(50);
});

test('an abort ends the connection and leaves the letter owed', async () => {
  const { url, server } = await scripted('220 ready', () => null);
  const controller = new AbortController();
  const connected = once(server, 'connection');
  const sending = mailer(url).send(letter([transition()]), controller.signal);
  const [socket] = (await connected) as [Socket];
  const closed = gone(socket);
  controller.abort();
  expect(await sending).toMatchObject([
    { outcome: 'failed_temporary', reason: 'sending was cancelled' },
    { outcome: 'failed_temporary' },
  ]);
  await closed;
  const late = await mailer(url).send(letter([transition()]), AbortSignal.timeout(50));
  expect(late[0]).toMatchObject({ reason: 'the mail server did not take the message in time' });
});

test('close() aborts what is under way and waits until no socket is left', async () => {
  const { url, server, open } = await scripted('220 ready', () => null);
  const sender = mailer(url);
  const connected = once(server, 'connection');
  const sending = sender.send(letter([transition()]), never);
  const [socket] = (await connected) as [Socket];
  const closed = gone(socket);
  await sender.close();
  await closed;
  expect((await sending)[0]?.outcome).toBe('failed_temporary');
  expect(open.size).toBe(0);
  await sender.close();
  expect((await sender.send(letter([transition()]), never))[0]?.outcome).toBe('failed_temporary');
});

test('a wrong URL is reported at once, without its password', () => {
  const wrong = () => createSmtpMailer({ url: 'http://user:secret@example.com', from });
  expect(wrong).toThrow('mail.smtp: expected smtp://… or smtps://…, found http://example.com');
  expect(() => createSmtpMailer({ url: 'secret', from })).toThrow(/^((?!secret).)*$/);
  expect(() => createSmtpMailer({ url: 'smtp://example.com', from: 'x' })).toThrow('mail.from: expected');
});
