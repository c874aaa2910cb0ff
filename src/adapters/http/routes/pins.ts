import { rfc3339 } from '../../../core/clock.ts';
import { serverUnchanged } from '../../../core/server-unchanged.ts';
import { type Actor, refuse, unknownDomain } from '../../../flow/admin/outcome.ts';
import { changePins, type PinChange } from '../../../flow/admin/pins.ts';
import type { DomainRef } from '../../../flow/probe-store.ts';
import type { pinRoutes } from '../../../wire/pins.ts';
import type { AdminPorts } from '../api-options.ts';
import type { BodyOf, Handlers, Result } from '../handler.ts';
import { domainView } from '../views.ts';

type Routes = typeof pinRoutes;

export function pinHandlers(ports: AdminPorts): Handlers<Routes> {
  const { adminStore } = ports;

  /** Every change of pins replaces the whole list, on condition that the list it was made from is still stored. */
  async function change(
    ref: DomainRef,
    next: (pins: readonly PinChange['pins'][number][]) => PinChange,
    seen: string | undefined,
    actor: Actor,
  ): Promise<Result<BodyOf<Routes['addPin']>>> {
    // Read before the change, which requests a probe that may close the incident before this answers.
    const [stored, before] = await Promise.all([adminStore.domain(ref), adminStore.record(ref)]);
    const had = stored?.value.pins ?? [];
    const outcome = await changePins(ref, next(had), seen ?? stored?.text, actor, ports);
    if (!outcome.ok) return outcome;
    const { value } = outcome.value;
    const { pins } = domainView(ref.domain, value, await adminStore.record(ref), []);
    const open = before?.incidents.pin_mismatch;
    const since = open === undefined ? null : rfc3339(open.since);
    const warning = serverUnchanged(ref.domain, since, had, value.pins);
    return { body: { pins, warning }, tag: outcome.value };
  }

  return {
    listPins: {
      answer: async ({ params: ref }) => {
        const [stored, record] = await Promise.all([adminStore.domain(ref), adminStore.record(ref)]);
        if (stored === null) return unknownDomain(ref.domain);
        const { pins } = domainView(ref.domain, stored.value, record, []);
        return { body: { pins }, tag: stored };
      },
    },
    addPin: {
      stored: ({ params: ref }) => adminStore.domain(ref),
      answer: async ({ params: ref, body: { pin, note }, expected, actor }) => {
        const stored = await adminStore.domain(ref);
        if (stored?.value.pins.includes(pin)) {
          const { pins } = domainView(ref.domain, stored.value, await adminStore.record(ref), []);
          const warning = `${ref.domain} has the pin ${pin} already; nothing was changed`;
          return { body: { pins, warning }, tag: stored };
        }
        const next = (pins: PinChange['pins']) => ({
          pins: [...new Set([...pins, pin])],
          note,
          force: false,
        });
        return change(ref, next, expected, actor);
      },
    },
    replacePins: {
      stored: ({ params: ref }) => adminStore.domain(ref),
      answer: ({ params: ref, body: { pins, note, force }, expected, actor }) =>
        change(ref, () => ({ pins: [...new Set(pins)], note, force }), expected, actor),
    },
    removePin: {
      // Without the pin there is nothing to compare: the answer is 404, whatever the tag.
      stored: async ({ params: { pin, ...ref } }) => {
        const found = await adminStore.domain(ref);
        return found?.value.pins.includes(pin) ? found : null;
      },
      answer: async ({ params: { pin, ...ref }, query, stored, expected, actor }) => {
        if (stored === null && (await adminStore.domain(ref)) !== null) {
          return refuse('not_found', `"${ref.domain}" has no pin ${pin}`);
        }
        const next = (pins: PinChange['pins']) => ({ pins: pins.filter((kept) => kept !== pin), ...query });
        return change(ref, next, expected, actor);
      },
    },
  };
}
