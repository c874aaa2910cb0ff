/**
 * The whole service on one machine in half a minute: one of three API servers rotates to a key that its apps don't
 * know, and goes back. Only the three servers' names are made up. `-- --keep` keeps it running.
 */

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { createRoot, type Issued } from '../lab/authority.ts';
import { startTlsServer } from '../lab/tls-server.ts';
import { type SunkMail, startMailSink } from './mail-sink.ts';
import { startService } from './service.ts';
import { bad, good, quote, say, scene } from './stage.ts';

const keep = process.argv.includes('--keep');
const root = resolve(import.meta.dirname, '..', '..');
const home = join(root, 'var', 'demo');
const shown = (path: string) => relative(process.cwd(), path);

scene('Three APIs, a certificate authority, a mailbox');
await rm(home, { recursive: true, force: true });
await mkdir(home, { recursive: true });
const authority = createRoot({ commonName: 'Demo Root' });
const issuing = authority.intermediate({ commonName: 'Demo Intermediate' });
const names = ['api.shop.example', 'login.shop.example', 'media.shop.example'] as const;
const chainFor = (name: string): readonly Issued[] => [
  issuing.leaf({ commonName: name, names: [name] }),
  issuing.issued,
];
const apis = await Promise.all(
  names.map(async (name) => {
    const chain = chainFor(name);
    const backup = issuing.leaf({ commonName: name, names: [name] });
    return {
      name,
      chain,
      pins: [chain[0]?.pin, backup.pin],
      server: await startTlsServer({ chains: [chain] }),
    };
  }),
);
const [api] = apis;
if (!api) throw new Error('unreachable: three servers were started');
for (const { name, server } of apis)
  say(`https://${name} on 127.0.0.1:${server.port}, with a key its apps pin`);
const mailbox = await startMailSink(join(home, 'mail'));
say(`mail to devops@shop.example goes to a mailbox in ${shown(join(home, 'mail'))}`);

const rootFile = join(home, 'demo-root.pem');
const configFile = join(home, 'pinwatch.yaml');
await writeFile(rootFile, authority.pem);
await writeFile(
  configFile,
  `# Written by the demo. For a real one, see config/pinwatch.yaml
interval: 3s
stateDir: ${JSON.stringify(join(home, 'state'))}
http: { listen: "127.0.0.1:0" }
mail: { smtp: "${mailbox.url}", from: pinwatch@shop.example }
network: { allow: [127.0.0.0/8] }
probe: { confirmAfter: 500ms }
notify: { groupWait: 1s, groupInterval: 2s }
log: { level: debug }
accounts:
  shop:
    contacts: [devops@shop.example]
    domains:
${apis
  .map(
    ({ name, pins, server }) => `      - host: ${name}:${server.port}
        pins: [${pins.join(', ')}]
        connect: [127.0.0.1]
        caFile: demo-root.pem
`,
  )
  .join('')}`,
);

scene(`pinwatch run --config ${shown(configFile)}`);
process.env.REDIS_URL = '';
const service = startService(join(root, 'bin', 'pinwatch.js'), configFile);
let sweeps = 0;
/** The demo has its own words for these, or they don't interest a visitor. */
const untold = [
  'config_warning',
  'working',
  'provisioned',
  'redis_ready',
  'incident_opened',
  'incident_closed',
  'mail_sent',
];
let routine = true;
service.onLine((line) => {
  if (line.event === 'swept') {
    sweeps += 1;
    if (routine) say(`sweep ${sweeps} over ${names.length} domains`);
  } else if (line.event === 'probed') {
    if (line.verdict !== 'match') say(`  ${bad(String(line.verdict))}  ${line.domain}`);
    else if (routine) say(`  ${good('match   ')}  ${line.domain}`);
  } else if (!untold.includes(line.event ?? '')) say(line.msg);
});
/** Resolves once the next mail is in the mailbox and logged as sent. */
async function nextMail(): Promise<SunkMail> {
  const [mail] = await Promise.all([mailbox.next(), service.line((line) => line.event === 'mail_sent')]);
  return mail;
}
const listening = await service.line((line) => line.event === 'listening');
const metricsUrl = `${listening.address}/metrics`;
say(`the page for people: ${listening.address}/`);
const matches = names.map((name) =>
  service.line((line) => line.verdict === 'match' && line.domain?.startsWith(name) === true),
);
await Promise.all(matches);
say(good('every API presents a pinned key: apps can connect'));

scene(`${api.name} rotates to a new key that no app has pinned`);
const alarm = nextMail();
api.server.rotate([chainFor(api.name)]);
say('the certificate is valid, browsers are happy; the apps fail, all at once');
say('the next sweep is due within 3 seconds (15 minutes in real life)');
const opened = await service.line((line) => line.event === 'incident_opened');
say(bad(`seen twice, so it is told: ${opened.msg}`));

scene('The people on call are told');
say('it waits a second for more, so that one mail covers everything (30 s in real life)');
const alarmMail = await alarm;
say(`mail to ${alarmMail.to}: ${shown(alarmMail.file)}`);
say(bad(alarmMail.subject));
quote(alarmMail.text);

scene('Prometheus sees it');
const shownMetrics = /^pinwatch_(pin_mismatch|endpoints_mismatched|incidents_open\{kind="pin_mismatch)/;
say(`scraped from ${metricsUrl}`);
quote(
  (await (await fetch(metricsUrl)).text())
    .split('\n')
    .filter((line) => shownMetrics.test(line))
    .join('\n'),
);

scene(`${api.name} goes back to its old key`);
const recovery = nextMail();
api.server.rotate([api.chain]);
const closed = await service.line((line) => line.event === 'incident_closed');
say(good(`one clean probe is enough: ${closed.msg}`));
const recoveryMail = await recovery;
say(`mail to ${recoveryMail.to}: ${shown(recoveryMail.file)}`);
say(good(recoveryMail.subject));
quote(recoveryMail.text.split('\n').slice(0, 12).join('\n'));

if (keep) {
  scene('It keeps running; stop it with Ctrl-C');
  routine = false;
  say(`the page: ${listening.address}/`);
  say(`metrics: ${metricsUrl}`);
  say(`mail: ${shown(join(home, 'mail'))}, configuration: ${shown(configFile)}`);
  // Every signal, not only the first: npm passes on the Ctrl-C that the terminal has already sent.
  await new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, done);
  });
} else {
  scene('That is the whole demo');
}
await service.stop();
await Promise.all([mailbox.close(), ...apis.map(({ server }) => server.close())]);
say(`both mails are in ${shown(join(home, 'mail'))}; any mail program opens them`);
say(good('next: add your domains to config/pinwatch.yaml, then run npm start'));
