/** What several views are made of. */
import { ago } from '../../../core/ago.ts';
import type { Verdict } from '../../../core/check.ts';
import { rfc3339 } from '../../../core/clock.ts';
import type { Severity } from '../../../core/finding.ts';
import type { Harm } from '../../../core/harm.ts';
import { type Html, html, type Part } from '../../../core/html.ts';

type Tone = 'bad' | 'warn' | 'good' | 'quiet';

function badge(tone: Tone, text: string): Html {
  return html`<span class="badge ${tone}">${text}</span>`;
}

const verdictTones: Readonly<Record<Verdict, Tone>> = {
  match: 'good',
  mismatch: 'bad',
  inconclusive: 'warn',
  unpinned: 'quiet',
};

export function verdictBadge(verdict: Verdict | null): Html {
  return verdict === null ? badge('quiet', 'not probed') : badge(verdictTones[verdict], verdict);
}

const severityTones: Readonly<Record<Severity, Tone>> = { critical: 'bad', warning: 'warn', info: 'quiet' };

export function severityBadge(severity: Severity): Html {
  return badge(severityTones[severity], severity);
}

export function harmBadge(harm: Harm): Html {
  switch (harm) {
    case 'fail':
      return badge('bad', 'apps fail');
    case 'unknown':
      return badge('warn', 'unknown');
    case 'none':
      return badge('warn', 'attention');
    default:
      return harm satisfies never;
  }
}

export function mutedBadge(until: number, now: number): Html | null {
  return until > now ? badge('quiet', `muted ${ago(rfc3339(until), now).replace(/^in /, 'for ')}`) : null;
}

/** A host name that breaks between its labels, if it has to. */
export function breakable(name: string): Html {
  const [first = '', ...others] = name.split(/(?=[.:])/);
  return html`${first}${others.map((part) => html`<wbr>${part}`)}`;
}

/** A code of the product in plain words: `pin_mismatch` as `pin mismatch`. */
export function worded(code: string): string {
  return code.replaceAll('_', ' ');
}

/** `3m ago` or `in 2d`, with the time itself for those who want it. Milliseconds since the epoch; 0: never. */
export function moment(ms: number, now: number, never = 'never'): Html {
  return ms === 0 ? html`${never}` : when(rfc3339(ms), now);
}

export function when(time: string, now: number): Html {
  return html`<time datetime="${time}" title="${plainTime(time)}">${ago(time, now)}</time>`;
}

/** `2026-11-22 04:10:54 UTC`. */
export function plainTime(time: string): string {
  return time.replace('T', ' ').replace(/Z$/, ' UTC');
}

export interface Column {
  readonly label: string;
  /** Of numbers and times, which are aligned to the right. */
  readonly isNumber?: true;
  /** Its values say what they are, so a narrow screen leaves out the label. */
  readonly isPlain?: true;
}

/**
 * On a narrow screen each row is a block and each cell has its label. That takes the meaning of a table from its
 * elements, so their roles are given.
 */
export function table(label: string, columns: readonly Column[], rows: readonly (readonly Part[])[]): Html {
  const head = columns.map(
    ({ label: text, isNumber }) =>
      html`<th role="columnheader" scope="col"${isNumber ? html` class="number"` : null}>${text}</th>`,
  );
  const body = rows.map((cells) => {
    const shown = cells.map((cell, at) => {
      const { label: text = '', isNumber, isPlain } = columns[at] ?? {};
      const kind = isNumber ? html` class="number"` : isPlain ? html` class="plain"` : null;
      return at === 0
        ? html`<th role="rowheader" scope="row">${cell}</th>`
        : html`<td role="cell" data-label="${text}"${kind}>${cell}</td>`;
    });
    return html`<tr role="row">${shown}</tr>`;
  });
  return html`<table role="table" aria-label="${label}"><thead role="rowgroup"><tr role="row">${head}</tr></thead><tbody role="rowgroup">${body}</tbody></table>`;
}

/** A list of names and values. */
export function facts(rows: readonly (readonly [string, Part])[]): Html {
  const shown = rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`);
  return html`<dl class="facts">${shown}</dl>`;
}

export function sectionOf(id: string, title: string, content: Part): Html {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content}</section>`;
}

/** A link to the next page of a list, and one to its start. */
export function pager(what: string, first: string | null, next: string | null): Html | null {
  if (first === null && next === null) return null;
  return html`<nav class="pager" aria-label="Pages of ${what}">${first !== null && html`<a href="${first}">First page</a>`}${next !== null && html`<a href="${next}" rel="next">Next page</a>`}</nav>`;
}
