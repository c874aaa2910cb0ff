import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Change } from '../../verify/typescript/src/change.ts';
import { type Client, type ClientOptions, openClient } from '../../verify/typescript/src/client.ts';
import type { Fetched, FetchRequest, Storage } from '../../verify/typescript/src/ports.ts';
import { issuedAt } from '../../verify/vectors/generator/bundle.ts';
import { subtle, trust } from './bundles.ts';

/** A client on a real HTTP server and real files; only the clock, chance and the timer are the test's. */
export interface Rig {
  readonly url: string;
  /** What the server answers: a bundle under an ETag of its bytes, or a status. */
  serve(body: Buffer | number): void;
  /** The connection to the server mismatches if it is pinned. */
  mismatching: boolean;
  readonly requests: (FetchRequest & { readonly kind: Fetched['kind'] })[];
  readonly told: string[];
  readonly changes: Change[];
  /** Milliseconds since 1970. */
  now: number;
  /** The delay of the timer that is set, and what it runs. */
  timer: { readonly delayMs: number; readonly run: () => void } | null;
  readonly folder: string;
  readonly storage: Storage;
  open(over?: Partial<ClientOptions>): Promise<Client>;
  close(): Promise<void>;
}

export async function startRig(): Promise<Rig> {
  let body: Buffer | number = 404;
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (typeof body === 'number') return response.writeHead(body).end();
    const etag = `"${body.toString('base64').slice(-24)}"`;
    if (request.headers['if-none-match'] === etag) return response.writeHead(304).end();
    return response.writeHead(200, { etag }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/c/${trust.audience}`;
  const folder = mkdtempSync(join(tmpdir(), 'pinwatch-client-'));

  const get = async ({ url, etag, pinned }: FetchRequest): Promise<Fetched> => {
    if (pinned && rig.mismatching) return { kind: 'mismatch' };
    const answer = await fetch(url, {
      redirect: 'error',
      headers: etag === null ? {} : { 'if-none-match': etag },
    });
    if (answer.status === 304) return { kind: 'not_modified' };
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (answer.status !== 200) return { kind: 'failed', reason: `status ${answer.status}` };
    return { kind: 'bundle', body: bytes, etag: answer.headers.get('etag') };
  };

  const rig: Rig = {
    url,
    serve: (next) => {
      body = next;
    },
    mismatching: false,
    requests: [],
    told: [],
    changes: [],
    now: (issuedAt + 60) * 1_000,
    timer: null,
    folder,
    storage: fileStorage(folder),
    open: (over = {}) =>
      openClient({
        ...trust,
        urls: [url],
        floor: null,
        storage: rig.storage,
        fetchBundle: async (request) => {
          const fetched = await get(request);
          rig.requests.push({ ...request, kind: fetched.kind });
          return fetched;
        },
        clock: () => rig.now,
        random: () => 0.5,
        timer: (delayMs, run) => {
          const set = { delayMs, run };
          rig.timer = set;
          return () => {
            if (rig.timer === set) rig.timer = null;
          };
        },
        subtle,
        events: {
          changed: (change) => rig.changes.push(change),
          refused: (code, _, source) => rig.told.push(`${code} ${source}`),
          failed: (source, reason) => rig.told.push(`failed ${source}: ${reason}`),
        },
        ...over,
      }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return rig;
}

function fileStorage(folder: string): Storage {
  return {
    read: async (name) => {
      try {
        return readFileSync(join(folder, name));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    },
    write: async (name, bytes) => {
      writeFileSync(join(folder, `${name}.new`), bytes);
      renameSync(join(folder, `${name}.new`), join(folder, name));
    },
  };
}
