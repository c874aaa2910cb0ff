import { escapeHtml, visible } from '../../core/hostile-text.ts';
import type { Block, Fact, Step, Tone } from './document.ts';

/**
 * Tables and inline styles, because that is what mail clients agree on. Only the badges have background and text
 * colours: with `color-scheme`, the client's own light or dark colours show through elsewhere. Nothing is loaded from
 * anywhere, and there is no link to click, so a forger gains nothing by copying this mail.
 */
const colours: Readonly<Record<Tone, string>> = {
  critical: '#b3261e',
  warning: '#9a5b00',
  info: '#2b5fa8',
  good: '#1e7a3c',
  plain: '#6b6b6b',
};

const mono = 'font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:13px';
const grey = 'rgba(128,128,128,.45)';

/** `preheader`: the line that a list of mails shows after the subject; hidden in the mail itself. */
export function htmlPage(title: string, preheader: string, body: string): string {
  return [
    '<!DOCTYPE html>',
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">',
    '<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">',
    `<title>${safe(title)}</title>`,
    '<style>:root{color-scheme:light dark}</style></head>',
    '<body style="margin:0;padding:0">',
    `<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">${safe(preheader)}${filler}</div>`,
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center" style="padding:16px">',
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:720px;text-align:left;' +
      'font-family:system-ui,-apple-system,Segoe UI,Roboto,sans-serif;font-size:15px;line-height:1.45"><tr><td style="overflow-wrap:anywhere">',
    body,
    '</td></tr></table></td></tr></table></body></html>',
    '',
  ].join('\n');
}

/** Else, the list would go on with the first words of the mail, which repeat the subject. */
const filler = '&nbsp;&zwnj;'.repeat(60);

export function printHtml(blocks: readonly Block[]): string {
  return blocks.map(printBlock).join('\n');
}

function printBlock(block: Block): string {
  switch (block.kind) {
    case 'title':
      return `<h1 style="font-size:20px;line-height:1.3;margin:0 0 12px">${badge(block.label, block.tone)} ${rich(block.text)}</h1>`;
    case 'heading':
      return `<h2 style="font-size:15px;margin:24px 0 8px;padding-bottom:4px;border-bottom:1px solid ${grey}">${rich(block.text)}</h2>`;
    case 'paragraph':
      return `<p style="margin:0 0 12px">${rich(block.text)}</p>`;
    case 'facts':
      return printFacts(block.rows);
    case 'card': {
      const mark = block.mark === '' ? '' : ` ${badge(block.mark, block.tone)}`;
      return `<div style="margin:0 0 10px;padding-left:10px;border-left:3px solid ${colours[block.tone]}"><b>${rich(block.title)}</b>${mark}${printFacts(block.rows)}</div>`;
    }
    case 'bullets':
      // As plain as possible: five hundred of these must stay a small message.
      return `<ul style="margin:0 0 12px;padding-left:20px">\n${block.items.map((item) => `<li>${rich(item)}</li>`).join('\n')}\n</ul>`;
    case 'steps':
      return `<ol style="margin:0 0 12px;padding-left:22px">\n${block.items.map(printStep).join('\n')}\n</ol>`;
    case 'rule':
      return `<hr style="border:0;border-top:2px solid ${grey};margin:28px 0">`;
    default:
      return block satisfies never;
  }
}

function printStep({ text, code, either = [] }: Step): string {
  const typed = code
    ? `<pre style="${mono};margin:6px 0 0;padding:8px 10px;border:1px solid ${grey};border-radius:4px;white-space:pre-wrap;overflow-wrap:anywhere;word-break:break-word">${code.map(safe).join('\n')}</pre>`
    : '';
  const options =
    either.length === 0
      ? ''
      : `<ol type="a" style="margin:8px 0 0;padding-left:22px">\n${either.map(printStep).join('\n')}\n</ol>`;
  return `<li style="margin:0 0 10px">${rich(text)}${typed}${options}</li>`;
}

function printFacts(rows: readonly Fact[]): string {
  const printed = rows.map(
    ([label, value]) =>
      `<tr><td style="padding:1px 12px 1px 0;vertical-align:top;white-space:nowrap;opacity:.7">${safe(label)}</td><td style="padding:1px 0;vertical-align:top">${rich(value)}</td></tr>`,
  );
  return `<table role="presentation" cellpadding="0" cellspacing="0" style="margin:2px 0 12px">\n${printed.join('\n')}\n</table>`;
}

function badge(text: string, tone: Tone): string {
  return `<span style="display:inline-block;background:${colours[tone]};color:#fff;border-radius:4px;padding:1px 7px;font-size:12px;font-weight:600">${safe(text)}</span>`;
}

/** Sets pins in a fixed-width font: people compare them by eye. */
function rich(text: string): string {
  return safe(text).replace(/sha256\/[A-Za-z0-9+/]{43}=/g, `<code style="${mono}">$&</code>`);
}

function safe(text: string): string {
  return escapeHtml(visible(text));
}
