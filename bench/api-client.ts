/** HTTP client for the measured service that counts its answers. */
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface ApiClient {
  send(method: string, path: string, token: string | null, body?: unknown): Promise<IncomingMessage>;
  /** Returns the whole answer, and counts it. */
  ask(method: string, path: string, token: string | null, body?: unknown): Promise<string>;
  count(response: IncomingMessage, method: string, path: string): void;
  /** `status method path` → how many times, the most frequent first. */
  counts(): [string, number][];
  close(): void;
}

export function createApiClient(url: URL): ApiClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 10_000 });
  const counted = new Map<string, number>();
  const client: ApiClient = {
    async send(method, path, token, body) {
      const content = body === undefined ? undefined : JSON.stringify(body);
      const sent = request({
        ...{ host: url.hostname, port: url.port, method, path, agent },
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(content === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
        },
      });
      sent.end(content);
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      return response;
    },
    async ask(method, path, token, body) {
      const response = await client.send(method, path, token, body);
      client.count(response, method, path);
      return text(response);
    },
    count({ statusCode }, method, path) {
      const template = path
        .replace(/\?.*/, '')
        .replace(/\/accounts\/[^/]+/, '/accounts/:account')
        .replace(/\/domains\/[^/]+/, '/domains/:domain');
      const what = `${statusCode} ${method} ${template}`;
      counted.set(what, (counted.get(what) ?? 0) + 1);
    },
    counts: () => [...counted].sort(([, a], [, b]) => b - a),
    close: () => agent.destroy(),
  };
  return client;
}
