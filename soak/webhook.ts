/** A web server that receives the notices of every account's channel, and says what each tells. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Posted {
  readonly id: string;
  readonly content: string;
}

export interface Webhook {
  readonly url: string;
  /** From now on: 503 instead of 204. */
  refuse(isRefusing: boolean): void;
  close(): Promise<void>;
}

export async function startWebhook(onPost: (posted: Posted) => void): Promise<Webhook> {
  let refuses = false;
  const server = createServer(async (request, response) => {
    try {
      const content = await text(request);
      if (!refuses) onPost({ id: String(request.headers['pinwatch-id']), content });
      response.writeHead(refuses ? 503 : 204).end();
    } catch {
      response.destroy(); // whoever posted has ended
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/notices`,
    refuse(isRefusing) {
      refuses = isRefusing;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
