/** Checks the certificate in a file before it is deployed. */
import { quote } from '../../core/quote.ts';
import { exitStatus, orUsageError } from '../usage.ts';
import type { Client } from './client.ts';
import { type CommonOptions, present, type Remote } from './remote.ts';
import { certificateText } from './rotate-text.ts';

/** 0: it may be deployed now. 1: apps would fail, because it is wrong or too early. */
export async function checkFile(
  remote: Remote,
  client: Client,
  account: string,
  { domain, id }: { readonly domain: string; readonly id: string },
  file: string,
  options: CommonOptions,
): Promise<number> {
  const pem = orUsageError(`--certificate: ${quote(file)}`, remote.serverKeys().readCertificates(file));
  const request = { params: { account, rotation: id }, body: { pem } };
  const { body } = await client.call('checkRotationCertificate', request);
  present(remote, options, body, (answer) =>
    certificateText(answer, `pinwatch rotate ${account} ${domain}`, remote.output.colour),
  );
  return body.mayDeploy ? exitStatus.ok : exitStatus.appsFail;
}
