/** What OkHttp says of a connection that its pins refused. */
import type { Pin } from '../../../core/pin.ts';
import { quote } from '../../../core/quote.ts';
import { type Offset, type Remarks, Unreadable } from '../remarks.ts';
import { readOkHttpPin } from './okhttp-pin.ts';
import { readPattern } from './pattern.ts';

const heading = 'Pinned certificates for ';

export interface PinnedHost {
  readonly at: Offset;
  readonly host: string;
  readonly pins: ReadonlySet<Pin>;
}

export function isFailureText(text: string): boolean {
  return text.includes('Certificate pinning failure!') && text.includes(heading);
}

/** The hosts of a log with one or more failures, and their pins. Throws Unreadable. */
export function readFailureText(text: string, remarks: Remarks): readonly PinnedHost[] {
  const hosts = new Map<string, PinnedHost>();
  let from = text.indexOf(heading);
  while (from !== -1) {
    const next = text.indexOf(heading, from + heading.length);
    const one = readFailure(text.slice(from, next === -1 ? undefined : next), from, remarks);
    if (one !== null) {
      const before = hosts.get(one.host);
      if (before !== undefined && !isSame(before.pins, one.pins))
        remarks.problem(from, `this failure lists other pins for ${one.host} than the one above: keep one`);
      hosts.set(one.host, one);
    }
    from = next;
  }
  return [...hosts.values()];
}

function readFailure(part: string, offset: Offset, remarks: Remarks): PinnedHost | null {
  const [, name] = /^Pinned certificates for ([^\s]{1,300}):[ \t\r]*(?:\n|$)/.exec(part) ?? [];
  if (name === undefined)
    throw new Unreadable(offset, `expected "${heading}HOST:", found ${quote(part.split('\n', 1)[0] ?? '')}`);
  const read = readPattern(name, undefined);
  if (read.is !== 'pattern' || read.pattern.kind !== 'exact') {
    remarks.problem(offset, `expected a host, found ${quote(name)}`);
    return null;
  }
  const pins = new Set<Pin>();
  // Each line may begin with what a log puts before it.
  const line = /[^\n]*?\b(sha(?:256|1)\/[A-Za-z0-9+/=_-]*)[ \t\r]*(?:\n|$)/y;
  line.lastIndex = part.indexOf('\n') === -1 ? part.length : part.indexOf('\n') + 1;
  for (let found = line.exec(part); found !== null; found = line.exec(part)) {
    const [whole, text = ''] = found;
    const pin = readOkHttpPin(text);
    if (pin.ok) pins.add(pin.value);
    else remarks.problem(offset + found.index + whole.indexOf(text), pin.problem);
  }
  if (pins.size === 0 && !remarks.isRefused)
    remarks.problem(offset, `expected the pins for ${name} on the lines below, found none`);
  return { at: offset, host: read.pattern.name, pins };
}

function isSame(some: ReadonlySet<Pin>, others: ReadonlySet<Pin>): boolean {
  return some.size === others.size && [...some].every((pin) => others.has(pin));
}
