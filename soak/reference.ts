/**
 * What clients would have met, and what pinwatch therefore owed to people: it drives the servers, so it knows. Beside it
 * stands what was told, and each mail is compared with it as it comes.
 *
 * A change gives a domain a certificate that no other has, so a mail names the change that it tells, whatever the clocks of
 * the processes say.
 */
import { createHash } from 'node:crypto';
import type { Transition } from '../src/core/incident.ts';
import type { ToldMail } from './mail-process.ts';
import { createOutages } from './outages.ts';
import { createRecipients } from './recipients.ts';
import { type Api, accounts } from './targets.ts';
import { createToldOnce } from './told-once.ts';
import type { Posted } from './webhook.ts';

/** `key`: another key than the pinned ones. `name`: the pinned key, in a certificate for another host. */
export type ChangeKind = 'key' | 'name';

export interface Change {
  readonly id: string;
  readonly api: Api;
  readonly kind: ChangeKind;
  readonly certificateSha256: string;
  /** Milliseconds since the epoch: from when on every new connection met it; null: not yet. */
  visibleFrom: number | null;
  /** null: it still does. */
  visibleUntil: number | null;
  /** pinwatch logged that an incident opened, or told it. */
  isNoticed: boolean;
  isOpeningTold: boolean;
  isEndTold: boolean;
  /** The ids under which it was told as opened. */
  readonly incidents: Set<string>;
  /** How often the store lost what it knew of it, so how often more it may be told. */
  losses: number;
  /** A store that lost its data took what was owed; null: nothing is excused. */
  excused: string | null;
  /** It was given up, and counted as missed. */
  isMissed: boolean;
}

export interface Counts {
  changes: number;
  openingsTold: number;
  endsTold: number;
  excused: number;
  mails: number;
  duplicates: number;
  unreachableTold: number;
  /** Mails to the second contact alone, and notices through the webhook. */
  toldToOthers: number;
}

export interface Reference {
  readonly counts: Counts;
  /** Told wrongly; each with the moment. */
  readonly wrong: readonly string[];
  change(api: Api, kind: ChangeKind, certificateSha256: string): Change;
  /** Those that clients meet, or whose end is not told yet. */
  readonly open: readonly Change[];
  forget(change: Change): void;
  /** A domain can't be reached from now on. Returns what ends that. */
  down(apis: readonly Api[]): () => void;
  mail(mail: ToldMail): void;
  posted(posted: Posted): void;
  /** What only some contacts and channels were told, now that nothing is owed. */
  missedBySome(): string[];
  /** The log says that an incident of the domain opened or changed. */
  noticed(domain: string, kind: string, incident: string): void;
  /** Incidents that opened by the log, and that no mail has told. */
  readonly untold: readonly string[];
  /** The store lost everything, or the last moment of it. */
  storeLost(how: 'all' | 'perhaps a moment'): void;
  /** Counts what no loss of the store explains, now that no fault is on. */
  judge(): void;
  /** Domains that were told as unreachable, and not yet as reachable again. */
  readonly unreachable: readonly string[];
  /** Calls back after each mail and each notice of the log. Returns what ends it. */
  watch(watcher: () => void): () => void;
}

interface MachinePart {
  readonly account?: string;
  readonly transitions?: readonly Transition[];
  readonly watchTransitions?: readonly { readonly kind: string; readonly transition: string }[];
  readonly configTransitions?: readonly { readonly kind: string }[];
}

const incidentKinds: Readonly<Record<string, ChangeKind>> = { pin_mismatch: 'key', untrusted: 'name' };

/** What the first contact is told is compared with what clients met; all others have to be told the same. */
export function contactsOf(account: string): readonly [string, string] {
  return [`devops@${account}.example`, `oncall@${account}.example`];
}

const webhookOf = (account: string) => `the webhook of ${account}`;

export function createReference(apis: readonly Api[]): Reference {
  const byName = new Map(apis.map((api) => [api.name, api]));
  const open = new Set<Change>();
  const all = new Map<string, Change>();
  const outages = createOutages([...byName.keys()]);
  const toldOnce = createToldOnce();
  const recipients = createRecipients(
    (account) => [...contactsOf(account), webhookOf(account)],
    (recipient) => accounts.some((account) => recipient === contactsOf(account)[0]),
  );
  /** By the log, with what they are. */
  const owed = new Map<string, string>();
  const told = new Set<string>();
  const watchers = new Set<() => void>();
  const wrong: string[] = [];
  const counts: Counts = {
    ...{ changes: 0, openingsTold: 0, endsTold: 0, excused: 0 },
    ...{ mails: 0, duplicates: 0, unreachableTold: 0, toldToOthers: 0 },
  };
  let storeLosses = 0;

  const say = (what: string) => wrong.push(`${new Date().toISOString()} ${what}`);
  const changed = () => {
    for (const watcher of [...watchers]) watcher();
  };

  function toldChange(transition: Transition, kind: ChangeKind): void {
    const { domain, incident, transition: step } = transition;
    const what = `${step} ${domain} ${transition.kind} (incident ${incident})`;
    if (step === 'closed') {
      const change = [...all.values()].find((one) => one.api.name === domain && one.incidents.has(incident));
      if (change === undefined) return void say(`${what}: never told as opened`);
      // What the store may have lost is not waited for, and may be told all the same.
      const isOver = !open.has(change) && (change.excused === null || change.isEndTold);
      if (isOver) return void say(`${what}: told as closed before`);
      if (change.visibleUntil === null) return void say(`${what}: clients still meet ${change.id}`);
      const after = leavesOf(transition);
      if (after.length === 0 || after.some((sha256) => sha256 !== sha256Of(change.api)))
        say(`${what}: it shows ${after.join(', ') || 'nothing'}, and not what clients meet`);
      if (!change.isEndTold) counts.endsTold += 1;
      change.isEndTold = true;
      return;
    }
    if (step === 'reminder') return void say(`${what}: no reminder is due`);
    const shown = leavesOf(transition);
    const change = shown.map((sha256) => all.get(`${domain} ${sha256}`)).find((one) => one !== undefined);
    if (change === undefined || change.kind !== kind || change.visibleFrom === null) {
      return void say(`${what}: clients never met ${shown.join(', ') || 'anything that it shows'}`);
    }
    if (transition.flapping !== undefined) return void say(`${what}: told as flapping`);
    if (!change.incidents.has(incident) && change.incidents.size > change.losses) {
      return void say(`${what}: ${change.id} was told before, as ${[...change.incidents].join(', ')}`);
    }
    if (step === 'changed' && !change.incidents.has(incident)) say(`${what}: not told as opened before`);
    for (const problem of problemsOf(transition, kind, change.api)) say(`${what}: ${problem}`);
    if (change.incidents.size === 0) counts.openingsTold += 1;
    change.incidents.add(incident);
    change.isOpeningTold = true;
    change.isNoticed = true;
  }

  function read({ messageId, to, content }: ToldMail): void {
    const part = JSON.parse(content) as MachinePart;
    const { account = '', transitions = [] } = part;
    const [first, ...others] = contactsOf(account);
    for (const contact of to) {
      if (contact !== first && !others.includes(contact))
        say(`mail of ${account} to ${contact}: not its contact`);
      recipients.told(contact, account, messageId, transitions);
    }
    if (!to.includes(first)) {
      counts.toldToOthers += 1;
      return;
    }
    counts.mails += 1;
    const { fresh, isCopy } = toldOnce.mail(messageId, part.transitions ?? []);
    if (isCopy) counts.duplicates += 1;
    // A mail may tell the end before the beginning: it lists what is worst first.
    for (const transition of [...fresh].sort((a, b) => isEnd(a) - isEnd(b))) readOne(transition);
    if (isCopy) return;
    for (const { kind, transition } of part.watchTransitions ?? [])
      say(`${transition} ${kind}: most domains could be seen`);
    for (const { kind } of part.configTransitions ?? []) say(`${kind}: nothing is published`);
  }

  function readOne(transition: Transition): void {
    const { domain, kind, incident, transition: step } = transition;
    const what = `${step} ${domain} ${kind} (incident ${incident})`;
    told.add(incident);
    owed.delete(incident);
    const change = incidentKinds[kind];
    if (!byName.has(domain)) say(`${what}: no such domain`);
    else if (change !== undefined) toldChange(transition, change);
    else if (kind !== 'unreachable') say(`${what}: nothing of that kind was done`);
    else {
      if (step === 'opened') counts.unreachableTold += 1;
      for (const problem of outages.told(transition, storeLosses)) say(`${what}: ${problem}`);
    }
  }

  return {
    ...{ counts, wrong },
    get open() {
      return [...open];
    },
    get untold() {
      return [...owed.values()];
    },
    get unreachable() {
      return outages.untold;
    },
    judge() {
      wrong.push(...toldOnce.judge(), ...recipients.judge());
    },
    change(api, kind, certificateSha256) {
      counts.changes += 1;
      const change: Change = {
        ...{ api, kind, certificateSha256, id: `change ${counts.changes} (${kind}) of ${api.name}` },
        ...{
          visibleFrom: null,
          visibleUntil: null,
          isNoticed: false,
          isOpeningTold: false,
          isEndTold: false,
        },
        ...{ incidents: new Set<string>(), losses: 0, excused: null, isMissed: false },
      };
      open.add(change);
      all.set(`${api.name} ${certificateSha256}`, change);
      return change;
    },
    forget(change) {
      open.delete(change);
      if (change.excused !== null && !(change.isOpeningTold && change.isEndTold)) counts.excused += 1;
    },
    down: (some) => outages.down(some.map(({ name }) => name)),
    mail(mail) {
      read(mail);
      changed();
    },
    posted({ id, content }) {
      const { account = '', transitions = [] } = JSON.parse(content) as MachinePart;
      counts.toldToOthers += 1;
      recipients.told(webhookOf(account), account, id, transitions);
    },
    missedBySome: () => recipients.missed(),
    noticed(domain, kind, incident) {
      if (!told.has(incident))
        owed.set(incident, `${new Date().toISOString()} ${kind} of ${domain} (incident ${incident})`);
      for (const change of open) {
        const isIt = change.api.name === domain && change.kind === incidentKinds[kind];
        if (isIt && change.visibleFrom !== null && change.visibleUntil === null) change.isNoticed = true;
      }
      changed();
    },
    storeLost(how) {
      storeLosses += 1;
      owed.clear();
      outages.storeLost();
      toldOnce.storeLost();
      recipients.storeLost();
      for (const change of open) {
        change.losses += 1;
        if (change.visibleUntil !== null) change.excused = 'the store lost what was owed';
        else if (how === 'all') {
          change.isNoticed = false;
          change.isOpeningTold = false;
        }
      }
    },
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

const isEnd = ({ transition }: Transition) => (transition === 'closed' ? 1 : 0);
const leavesOf = ({ check }: Transition) => [
  ...new Set(check.endpoints.flatMap(({ presented }) => presented[0]?.certificateSha256 ?? [])),
];
const sha256Of = ({ good }: Api) => createHash('sha256').update(good.der).digest('hex');

/** What a mail says wrongly of a change that clients met. */
function problemsOf({ severity, check }: Transition, kind: ChangeKind, { pins }: Api): string[] {
  const isPinned = check.pins.some(({ seen }) => seen);
  const told = check.pins.map(({ pin }) => pin);
  return [
    ...(severity === 'critical' ? [] : [`it is critical, and told as ${severity}`]),
    ...(isPinned === (kind === 'name') ? [] : [`told ${isPinned ? 'with' : 'without'} a pinned key`]),
    ...(told.toSorted().join() === pins.toSorted().join() ? [] : ['told with other pins']),
  ];
}
