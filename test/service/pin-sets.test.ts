import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requires } from '../support/requires.ts';
import { entryOf, machinePart, probed, type Stage, setStage } from './stage.ts';

requires('redis-server')('the pins that apps ship, watched by the whole service', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await setStage();
  });
  afterEach(() => stage.close());

  /** What an Android app ships. */
  async function ship(name: string, host: string, ...pins: readonly string[]): Promise<void> {
    const digests = pins.map((pin) => `<pin digest="SHA-256">${pin.slice('sha256/'.length)}</pin>`);
    const config = `<domain-config><domain>${host}</domain><pin-set>${digests.join('')}</pin-set></domain-config>`;
    await writeFile(
      join(stage.directory, name),
      `<network-security-config>${config}</network-security-config>\n`,
    );
  }

  test('a rotation breaks one of two versions: the mail says which, and the recovery is told', async () => {
    const api = await stage.api('api.example.com');
    const [next = '', backup = ''] = [api.strange[0]?.pin, api.pins[1]];
    await ship('android-5.2.xml', api.host, ...api.pins);
    await ship('android-5.3.xml', api.host, api.pins[0] ?? '', next);
    const sets = ['5.2', '5.3'].map((version) => ({
      name: `android-${version}`,
      file: `android-${version}.xml`,
      appVersion: `android ${version}`,
    }));
    const domain = entryOf({ name: api.name, pins: [api.pins[0] ?? '', next, backup] });
    const acme = { contacts: ['devops@example.com'], domains: [domain], pinSets: sets };
    const service = stage.start({ config: await stage.configure([], { accounts: { acme } }) });
    await probed(service, [api.name], 'match');

    api.server.rotate([api.strange]);
    const alarm = await stage.mail();
    expect(alarm.mail.subject).toBe(
      `${api.name}: pin mismatch - CRITICAL: apps android-5.2 cannot connect [acme]`,
    );
    expect(alarm.mail.text?.replace(/\s+/g, ' ')).toContain(
      `android 5.2 cannot connect to ${api.name}; apps with the registry's pins and android 5.3 can.`,
    );
    const [told] = machinePart(alarm).transitions;
    expect(told).toMatchObject({
      kind: 'pin_mismatch',
      check: {
        verdict: 'mismatch',
        pinSets: [
          { name: 'own', verdict: 'match' },
          { name: 'android-5.2', appVersion: 'android 5.2', verdict: 'mismatch' },
          { name: 'android-5.3', verdict: 'match' },
        ],
        endpoints: [{ pinSets: ['android-5.2'], matched: { pin: next } }, {}],
      },
    });
    expect((await service.get('/metrics')).text).toMatch(/^pinwatch_pin_sets_mismatched\{.*\} 1$/m);

    api.server.rotate([api.chain]);
    const recovery = await stage.mail();
    expect(recovery.mail.subject).toBe(`${api.name}: pin mismatch - RESOLVED: apps can connect again [acme]`);
    expect(machinePart(recovery).transitions).toMatchObject([{ transition: 'closed' }]);
  });
});
