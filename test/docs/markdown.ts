/** The documentation as text, its tables and its links. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** Every Markdown file that git knows or would add. */
export function markdownFiles(): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'];
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);
}

export function withoutCode(text: string): string {
  return text.replace(/^```.*?^```/gms, '');
}

/** What stands under a `##` heading. */
export function section(text: string, heading: string): string {
  const [, body] = withoutCode(text).split(new RegExp(`^## ${heading}$`, 'm'));
  if (body === undefined) throw new Error(`expected a heading "## ${heading}", found none`);
  return body.split(/^## /m)[0] ?? '';
}

/** The cells of all table rows, without headings and rules. A row holds no `|` but those between its cells. */
export function rows(text: string): string[][] {
  const lines = text.split('\n');
  const isRule = (line: string | undefined) => /^\| ?-/.test(line ?? '');
  return lines
    .filter((line, index) => line.startsWith('|') && !isRule(line) && !isRule(lines[index + 1]))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** Everything in back quotes, but for blocks of code: the three at their ends would be taken for one. */
export function quoted(text = ''): string[] {
  return [...withoutCode(text).matchAll(/`([^`]+)`/g)].map(([, inner = '']) => inner);
}

/** The anchors that GitHub makes of a file's headings. */
export function anchors(text: string): string[] {
  return [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

export function links(text: string): string[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}
