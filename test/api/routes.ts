import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';

const channel = 'fastify.initialization';

/** What `start` gives, with every route of the application that it makes: `GET /v1/me`. They come from the application itself. */
export async function routesOf<T>(start: () => Promise<T>): Promise<[T, readonly string[]]> {
  const routes: string[] = [];
  const onApp = (message: unknown) => {
    (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) routes.push(`${one} ${url}`);
    });
  };
  subscribe(channel, onApp);
  try {
    return [await start(), routes];
  } finally {
    unsubscribe(channel, onApp);
  }
}
