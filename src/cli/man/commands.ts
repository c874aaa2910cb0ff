import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { version } from '../../version.ts';
import type { Output } from '../output.ts';
import { exitStatus } from '../usage.ts';
import { manPages } from './page.ts';

/** For packages: `npm pack` takes the pages that this writes. */
export function addManCommand(pinwatch: Command, output: Output, finish: (status: number) => void): void {
  pinwatch
    .command('__man <folder>', { hidden: true })
    .description('write the manual pages')
    .action((folder: string) => {
      const date = new Date().toISOString().slice(0, 10);
      mkdirSync(folder, { recursive: true });
      const pages = manPages(pinwatch, { version, date });
      for (const { file, text } of pages) writeFileSync(join(folder, file), text);
      output.stdout(pages.map(({ file }) => `${join(folder, file)}\n`).join(''));
      finish(exitStatus.ok);
    });
}
