import { pinReaders } from '../../src/adapters/pin-formats/registry.ts';

/** The formats as Markdown: a table of what each means, and where that was taken from. */
export function formatTable(): string {
  const rows = pinReaders.map(
    ({ format, about: { title, input, meaning, refused } }) =>
      `| **${title}**<br>\`${format}\`<br>${input} | ${items(meaning)} | ${items(refused)} |`,
  );
  const sources = pinReaders.map(({ format, about }) => `- \`${format}\`: ${about.source}`);
  return [
    '| format | what it means | what is refused |',
    '| --- | --- | --- |',
    ...rows,
    '',
    'Taken from:',
    '',
    ...sources,
  ].join('\n');
}

function items(texts: readonly string[]): string {
  return texts.length === 0 ? 'nothing more' : texts.join(';<br>');
}
