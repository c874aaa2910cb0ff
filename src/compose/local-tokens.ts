/**
 * The part of the composition root that makes a token without the API: the first admin's, on the machine that runs
 * pinwatch. A user who has access to its Redis is an admin already.
 */
import { tokenView } from '../adapters/http/views.ts';
import { createAdminStore } from '../adapters/redis/admin-store.ts';
import { createIdentityStore } from '../adapters/redis/identity.ts';
import { createTokens } from '../adapters/redis/tokens.ts';
import type { LocalTokens } from '../cli/remote/local-token.ts';
import { unusableReason } from '../core/store-schema.ts';
import { createToken } from '../flow/admin/tokens.ts';
import { linkForCommand } from './command-link.ts';

/** Rejects if Redis does not answer in time, or must not be used. */
export async function composeLocalTokens(
  url: string,
  asCluster: boolean,
  hasEnvironmentAdmin: boolean,
): Promise<LocalTokens> {
  const { link } = await linkForCommand(url, asCluster);
  try {
    const { schema } = await createIdentityStore(link.redis).read();
    const reason = unusableReason(schema);
    if (reason !== null) throw new Error(reason);
  } catch (error) {
    await link.close();
    throw error;
  }
  const tokens = createTokens(link.redis);
  const adminStore = createAdminStore(link.redis);
  return {
    any: () => tokens.any(),
    create: async (request) => {
      const ports = { tokens, adminStore, clock: () => Date.now(), hasEnvironmentAdmin };
      const made = await createToken(request, { name: 'local', address: null }, ports);
      if (!made.ok) return { ok: false, problem: made.refusal.detail };
      return { ok: true, value: { ...tokenView(made.value.token), token: made.value.text } };
    },
    close: link.close,
  };
}
