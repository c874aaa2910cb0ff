import { expect, test } from 'vitest';
import type { Happening } from '../../src/flow/journal.ts';
import { createPauseWatch } from '../../src/flow/watch-pauses.ts';

test('a pause and its end are reported once, and known in between', async () => {
  const happenings: Happening[] = [];
  let answer: readonly string[] | Error = [];
  const watch = createPauseWatch({
    paused: async () => {
      if (answer instanceof Error) throw answer;
      return answer;
    },
    journal: (happening) => happenings.push(happening),
  });
  const look = async (next: typeof answer) => {
    answer = next;
    await watch.look().catch(() => {});
    return [watch.paused(), happenings.splice(0)];
  };
  expect(await look([])).toEqual([[], []]);
  expect(await look(['probe'])).toEqual([['probe'], [{ kind: 'queue_paused', queue: 'probe' }]]);
  expect(await look(['probe'])).toEqual([['probe'], []]);
  // The current state is unknown: the last one stays.
  expect(await look(new Error('no answer'))).toEqual([['probe'], []]);
  expect(await look(['sweep'])).toEqual([
    ['sweep'],
    [
      { kind: 'queue_paused', queue: 'sweep' },
      { kind: 'queue_resumed', queue: 'probe' },
    ],
  ]);
  expect(await look([])).toEqual([[], [{ kind: 'queue_resumed', queue: 'sweep' }]]);
});
