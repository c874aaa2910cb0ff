/** Probes that were just requested, and how far they are. */
import { z } from 'zod';
import { type Html, html } from '../../../core/html.ts';
import { plural } from '../../../core/plural.ts';
import type { ProbePorts, Ticket } from '../../../flow/admin/probes.ts';

/** As many as a page lists. */
const mostTickets = 50;

/** Ids of requested probes, with commas in between, as a link has them. */
export const ticketIds = z
  .string()
  .regex(/^p[\w-]{12}(?:,p[\w-]{12})*$/)
  .transform((text) => [...new Set(text.split(','))].slice(0, mostTickets))
  .catch([]);

export interface Progress {
  readonly ids: readonly string[];
  readonly isOver: boolean;
  /** `events`: where JavaScript follows them. */
  readonly shown: (events: string) => Html;
}

/** null: none was requested, or they were forgotten. */
export async function progressOf(
  account: string,
  ids: readonly string[],
  { desk }: Pick<ProbePorts, 'desk'>,
): Promise<Progress | null> {
  const found = await Promise.all(ids.map((id) => desk.ticket(account, id)));
  const tickets = found.filter((ticket) => ticket !== null);
  if (tickets.length === 0) return null;
  const done = tickets.filter(isOver).length;
  return {
    ids: tickets.map(({ id }) => id),
    isOver: done === tickets.length,
    shown: (events) => (done === tickets.length ? ended(tickets) : running(tickets, done, events)),
  };
}

const isOver = ({ state }: Ticket) => state === 'done' || state === 'failed';

function ended(tickets: readonly Ticket[]): Html {
  const failed = tickets.filter(({ state }) => state === 'failed').length;
  if (failed > 0) {
    return html`<div class="notice warn" role="status"><p>${plural(failed, 'probe')} could not be carried out; the log says why.</p></div>`;
  }
  const text =
    tickets.length === 1 ? 'Probed: this is the result.' : `${tickets.length} domains were probed.`;
  return html`<div class="notice good" role="status"><p>${text}</p></div>`;
}

function running(tickets: readonly Ticket[], done: number, events: string): Html {
  const of = tickets.length;
  const state =
    of > 1 ? `${done} of ${of} probed` : tickets[0]?.state === 'running' ? 'Probing' : 'Waiting for a worker';
  return html`<div class="notice quiet" data-events="${events}" data-done="${done}" data-of="${of}"><p><label for="progress" data-progress>${state}</label> <progress id="progress" value="${done}" max="${of}"></progress></p></div>`;
}

/** Without JavaScript, the view is loaded again while a probe runs. */
export function reloadSeconds(progress: Progress | null): { readonly reload?: number } {
  return progress === null || progress.isOver ? {} : { reload: 2 };
}
