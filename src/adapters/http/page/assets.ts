/** The page's own files. Their names change with their content, so browsers may keep them. */
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { icon } from './icon.ts';
import { script } from './live-script.ts';
import { style } from './style.ts';

const named = (name: string, content: string) => {
  const [base, ending] = name.split('.');
  return `${base}-${createHash('sha256').update(content).digest('hex').slice(0, 12)}.${ending}`;
};

export const assetNames = {
  style: named('page.css', style),
  script: named('live.js', script),
  icon: named('icon.svg', icon),
};

export function serveAssets(app: FastifyInstance): void {
  const files = [
    [assetNames.style, style, 'text/css; charset=utf-8'],
    [assetNames.script, script, 'text/javascript; charset=utf-8'],
    [assetNames.icon, icon, 'image/svg+xml'],
  ] as const;
  for (const [name, content, type] of files) {
    app.get(`/assets/${name}`, (_request, reply) =>
      reply.type(type).header('cache-control', 'public, max-age=31536000, immutable').send(content),
    );
  }
}
