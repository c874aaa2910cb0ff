// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what the configuration replaces.
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { outside } from './parsing.ts';

function stateDirOf(workingDirectory: string, file: string, stateDir?: string, environment = {}) {
  const document = { accounts: {}, ...(stateDir === undefined ? {} : { stateDir }) };
  const result = parseConfig(document, { ...outside(environment), workingDirectory, file });
  return result.ok
    ? result.config.stateDir
    : result.problems.map(({ path, message }) => `${path}: ${message}`);
}

const expected = 'stateDir: expected a folder for pinwatch alone, such as /var/lib/pinwatch, found';
const etc = '/etc/pinwatch/pinwatch.yaml';

test.each([
  // As systemd starts a service that names no WorkingDirectory=.
  [
    '/',
    etc,
    undefined,
    '"var" in the working directory (the default), which is "/var" here: other programs keep their files there',
  ],
  [
    '/',
    '/pinwatch.yaml',
    'var',
    '"var" beside this file, which is "/var" here: other programs keep their files there',
  ],
  [
    '/',
    'pinwatch.yaml',
    '.',
    '"." beside this file, which is "/" here: other programs keep their files there',
  ],
  [
    '/srv',
    '/etc/pinwatch.yaml',
    '../var/lib',
    '"../var/lib" beside this file, which is "/var/lib" here: other programs keep their files there',
  ],
  [
    '/srv',
    '/var/pinwatch.yaml',
    'mail',
    '"mail" beside this file, which is "/var/mail" here: other programs keep their files there',
  ],
  [
    '/srv',
    etc,
    'var',
    '"var" beside this file, which is "/etc/pinwatch/var" here: /etc is for configuration',
  ],
  [
    '/etc/pinwatch',
    etc,
    undefined,
    '"var" in the working directory (the default), which is "/etc/pinwatch/var" here: /etc is for configuration',
  ],
  ['/srv', etc, '/var', '"/var": other programs keep their files there'],
  ['/srv', etc, '/var/lib/', '"/var/lib/", which is "/var/lib" here: other programs keep their files there'],
  [
    '/',
    '/pinwatch.yaml',
    'tmp',
    '"tmp" beside this file, which is "/tmp" here: other programs keep their files there',
  ],
  ['/srv', etc, '/home/', '"/home/", which is "/home" here: other programs keep their files there'],
  ['/srv', etc, '/opt', '"/opt": other programs keep their files there'],
  ['/srv', etc, '/proc/1', '"/proc/1": it belongs to the system'],
  [
    '/srv',
    '/lib/pinwatch/pinwatch.yaml',
    'var',
    '"var" beside this file, which is "/lib/pinwatch/var" here: it belongs to the system',
  ],
  ['/srv', etc, '${FOLDER}', '"${FOLDER}": other programs keep their files there'],
])('in %s, with %s, a stateDir of %s is refused', (workingDirectory, file, stateDir, found) => {
  expect(stateDirOf(workingDirectory, file, stateDir, { FOLDER: '/var' })).toEqual([`${expected} ${found}`]);
});

test.each([
  ['/app', 'config/pinwatch.yaml', undefined, '/app/var'],
  ['/usr/src/app', 'config/pinwatch.yaml', undefined, '/usr/src/app/var'],
  ['/opt/pinwatch', 'config/pinwatch.yaml', '../var', '/opt/pinwatch/var'],
  ['/', etc, '/var/lib/pinwatch', '/var/lib/pinwatch'],
  ['/', etc, '/var/pinwatch', '/var/pinwatch'],
  ['/', etc, '/data', '/data'],
  ['/', etc, '../../data', '/data'],
  ['/', etc, '/etc/pinwatch/state', '/etc/pinwatch/state'],
  // What systemd sets for StateDirectory=pinwatch.
  ['/', etc, '${STATE_DIRECTORY}', '/var/lib/pinwatch'],
])('in %s, with %s, a stateDir of %s is accepted', (workingDirectory, file, stateDir, folder) => {
  const environment = { STATE_DIRECTORY: '/var/lib/pinwatch' };
  expect(stateDirOf(workingDirectory, file, stateDir, environment)).toBe(folder);
});
