import type { Administration } from '../../../flow/admin/administration.ts';
import { actorOf, permit } from '../access.ts';
import { newTokenAnswer, nothing, tokensAnswer } from '../answers.ts';
import type { Api } from '../api-options.ts';
import { refused } from '../problem.ts';
import { newToken, tokenParams } from '../schemas.ts';
import { tokenView } from '../views.ts';

export function tokenRoutes(app: Api, administration: Administration): void {
  app.get(
    '/tokens',
    {
      schema: {
        operationId: 'listTokens',
        summary: 'All tokens, without their secrets',
        response: { 200: tokensAnswer },
      },
    },
    async (request, reply) => {
      if (!permit(request, reply, 'manage_tokens', null)) return reply;
      return { tokens: (await administration.tokens()).map(tokenView) };
    },
  );

  app.post(
    '/tokens',
    {
      schema: {
        operationId: 'createToken',
        summary: 'Make a token; its secret is shown this once',
        response: { 201: newTokenAnswer },
        body: newToken,
      },
    },
    async (request, reply) => {
      if (!permit(request, reply, 'manage_tokens', null)) return reply;
      const { name, role, account, expiresIn } = request.body;
      const outcome = await administration.createToken(
        { name, role, account, expiresInMs: expiresIn },
        actorOf(request),
      );
      if (!outcome.ok) return refused(reply, outcome.refusal);
      const { token, text } = outcome.value;
      return reply.code(201).send({ ...tokenView(token), token: text });
    },
  );

  app.delete(
    '/tokens/:token',
    {
      schema: {
        operationId: 'revokeToken',
        summary: 'Revoke a token, at once and everywhere',
        response: { 204: nothing },
        params: tokenParams,
      },
    },
    async (request, reply) => {
      if (!permit(request, reply, 'manage_tokens', null)) return reply;
      const outcome = await administration.revokeToken(request.params.token, actorOf(request));
      return outcome.ok ? reply.code(204).send(null) : refused(reply, outcome.refusal);
    },
  );
}
