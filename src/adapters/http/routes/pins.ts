import type { FastifyReply, FastifyRequest } from 'fastify';
import { rfc3339 } from '../../../core/clock.ts';
import { serverUnchanged } from '../../../core/server-unchanged.ts';
import type { Administration } from '../../../flow/admin/administration.ts';
import type { PinChange } from '../../../flow/admin/pins.ts';
import type { DomainRef } from '../../../flow/probe-store.ts';
import { actorOf, permit } from '../access.ts';
import { changedPinsAnswer, pinsAnswer } from '../answers.ts';
import type { Api } from '../api-options.ts';
import { expectedText } from '../conditional.ts';
import { refused } from '../problem.ts';
import { allPins, domainParams, ifMatch, newPin, pinParams, pinRemoval } from '../schemas.ts';
import { domainView, etagOf } from '../views.ts';

export function pinRoutes(app: Api, administration: Administration): void {
  /** Every change of pins is one of the whole list, bound to the list that it was made from. */
  async function change(
    request: FastifyRequest,
    reply: FastifyReply,
    ref: DomainRef,
    next: (pins: readonly PinChange['pins'][number][]) => PinChange,
  ): Promise<FastifyReply> {
    // As it is before: the change asks for a probe, which may close the incident while this answers.
    const [stored, before] = await Promise.all([administration.domain(ref), administration.record(ref)]);
    const expected = expectedText(request, reply, stored);
    if (expected === false) return reply;
    const had = stored?.value.pins ?? [];
    const wanted = next(had);
    const outcome = await administration.changePins(ref, wanted, expected ?? stored?.text, actorOf(request));
    if (!outcome.ok) return refused(reply, outcome.refusal);
    const record = await administration.record(ref);
    const { pins } = domainView(ref.domain, outcome.value.value, record, []);
    const open = before?.incidents.pin_mismatch;
    const since = open === undefined ? null : rfc3339(open.since);
    const warning = serverUnchanged(ref.domain, since, had, outcome.value.value.pins);
    return reply.header('etag', etagOf(outcome.value)).send({ pins, warning });
  }

  app.get(
    '/accounts/:account/domains/:domain/pins',
    {
      schema: {
        operationId: 'listPins',
        summary: "A domain's pins, and whether they are in use",
        response: { 200: pinsAnswer },
        params: domainParams,
      },
    },
    async (request, reply) => {
      const ref = request.params;
      if (!permit(request, reply, 'read_account', ref.account)) return reply;
      const [stored, record] = await Promise.all([administration.domain(ref), administration.record(ref)]);
      if (stored === null) return refused(reply, { kind: 'not_found', detail: `no domain "${ref.domain}"` });
      const { pins } = domainView(ref.domain, stored.value, record, []);
      return reply.header('etag', etagOf(stored)).send({ pins });
    },
  );

  app.post(
    '/accounts/:account/domains/:domain/pins',
    {
      schema: {
        operationId: 'addPin',
        summary: 'Add a pin',
        response: { 200: changedPinsAnswer },
        headers: ifMatch,
        params: domainParams,
        body: newPin,
      },
    },
    async (request, reply) => {
      if (!permit(request, reply, 'edit_account', request.params.account)) return reply;
      const { pin, note } = request.body;
      return change(request, reply, request.params, (pins) => ({
        pins: [...new Set([...pins, pin])],
        note,
        force: false,
      }));
    },
  );

  app.put(
    '/accounts/:account/domains/:domain/pins',
    {
      schema: {
        operationId: 'replacePins',
        summary: 'Replace the pins',
        response: { 200: changedPinsAnswer },
        headers: ifMatch,
        params: domainParams,
        body: allPins,
      },
    },
    async (request, reply) => {
      if (!permit(request, reply, 'edit_account', request.params.account)) return reply;
      const { pins, note, force } = request.body;
      return change(request, reply, request.params, () => ({ pins: [...new Set(pins)], note, force }));
    },
  );

  app.delete(
    '/accounts/:account/domains/:domain/pins/:pin',
    {
      schema: {
        operationId: 'removePin',
        summary: 'Remove a pin (its / and + percent-encoded)',
        response: { 200: changedPinsAnswer },
        headers: ifMatch,
        params: pinParams,
        querystring: pinRemoval,
      },
    },
    async (request, reply) => {
      const { account, domain, pin } = request.params;
      if (!permit(request, reply, 'edit_account', account)) return reply;
      const stored = await administration.domain({ account, domain });
      if (stored !== null && !stored.value.pins.includes(pin)) {
        return refused(reply, { kind: 'not_found', detail: `"${domain}" has no pin ${pin}` });
      }
      return change(request, reply, { account, domain }, (pins) => ({
        pins: pins.filter((kept) => kept !== pin),
        ...request.query,
      }));
    },
  );
}
