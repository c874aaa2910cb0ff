import { afterEach, beforeEach, expect, test } from 'vitest';
import { requires } from '../support/requires.ts';
import type { LogLine } from '../support/service.ts';
import { entryOf, type Stage, setStage } from './stage.ts';

requires('redis-server')('the network policy of a region', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await setStage();
  });
  afterEach(() => stage.close());

  test('is that of its own workers, whatever those of other regions allow', async () => {
    const api = await stage.api('api.example.com');
    const open = stage.start({ config: await stage.configure([entryOf(api)]), role: 'run' });
    const inWest = await stage.configure([], { region: 'eu-west', network: { allow: [] } });
    const strict = stage.start({ config: inWest, role: 'worker' });
    const both = ({ there }: LogLine) => `${there}` === 'default,eu-west';
    await Promise.all([open, strict].map((one) => one.line('regions', both)));
    // Whichever of them probes, and asks the other one.
    const since = [open, strict].map(({ lines }) => lines.length);
    const probed = await Promise.any(
      [open, strict].map((one, index) => one.line('probed', undefined, since[index])),
    );
    expect(probed).toMatchObject({ verdict: 'match', failures: ['target_forbidden'] });
  });
});
