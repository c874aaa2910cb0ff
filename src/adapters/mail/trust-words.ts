import type { RefusalFinding } from '../../core/refusal.ts';

/** Why platforms refuse a server, in a few words, and what to do first. */
export const trustWords: Readonly<
  Record<RefusalFinding, { readonly cause: string; readonly first: string }>
> = {
  certificate_expired: {
    cause: 'certificate expired',
    first: 'reload the server if the renewed certificate is already there, else renew it with the same key.',
  },
  certificate_not_yet_valid: {
    cause: 'certificate not yet valid',
    first: 'put the previous certificate back until this one is valid.',
  },
  host_name_mismatch: {
    cause: 'certificate for another host name',
    first: 'serve the certificate that names this host: check the SNI and virtual host settings.',
  },
  chain_incomplete: {
    cause: 'intermediate certificate not sent',
    first: 'serve the whole chain, the leaf and its intermediate (fullchain.pem), and reload the server.',
  },
  chain_untrusted: {
    cause: 'chain not trusted',
    first: 'put the previous chain back.',
  },
  platform_refused: {
    cause: 'refused by a platform',
    first: 'undo what was changed on the server: its cipher suites, its groups or its certificate.',
  },
};
