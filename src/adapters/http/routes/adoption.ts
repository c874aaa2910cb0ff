import { installsOf } from '../../../core/adoption.ts';
import { reasonText } from '../../../core/rotation-answer.ts';
import { readAdoption, readRotationAnswer, replaceAdoption } from '../../../flow/publish/read-adoption.ts';
import type { adoptionRoutes } from '../../../wire/adoption.ts';
import type { AdminPorts } from '../api-options.ts';
import type { Handlers } from '../handler.ts';

export function adoptionHandlers(ports: AdminPorts): Handlers<typeof adoptionRoutes> {
  return {
    showAdoption: {
      answer: async ({ params: { account } }) => {
        const outcome = await readAdoption(account, ports);
        if (!outcome.ok) return outcome;
        const { published, days } = outcome.value;
        return { body: { published, days: days.map((one) => ({ ...one, installs: installsOf(one) })) } };
      },
    },
    replaceAdoption: {
      answer: async ({ params: { account, day }, body }) => {
        const outcome = await replaceAdoption(account, day, body.versions, ports);
        return outcome.ok ? { body: null } : outcome;
      },
    },
    showRotationAnswer: {
      answer: async ({ params: { account }, query: { host, pin } }) => {
        const outcome = await readRotationAnswer(account, host, pin, ports);
        if (!outcome.ok) return outcome;
        const reasons = outcome.value.reasons.map((reason) => ({ ...reason, message: reasonText(reason) }));
        return { body: { host, pin, answer: outcome.value.answer, reasons } };
      },
    },
  };
}
