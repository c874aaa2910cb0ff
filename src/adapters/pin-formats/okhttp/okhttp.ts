/** OkHttp's CertificatePinner: the source that fills it, or what it says when it refuses a server. */
import type { HostPattern } from '../../../core/host-pattern.ts';
import type { Pin } from '../../../core/pin.ts';
import type { PinRule } from '../../../core/pin-set.ts';
import { quote } from '../../../core/quote.ts';
import type { ReadRules } from '../../../flow/pin-formats.ts';
import type { PinReader } from '../pin-reader.ts';
import { type Remarks, Unreadable } from '../remarks.ts';
import { isFailureText, readFailureText } from './failure-text.ts';
import { readOkHttpPin } from './okhttp-pin.ts';
import { readPattern } from './pattern.ts';
import { languageOf, type PinnerCall, pinnerCalls } from './pinner-calls.ts';

export const okhttp: PinReader = {
  format: 'okhttp',
  about: {
    title: 'OkHttp CertificatePinner',
    input:
      'Kotlin or Java source with `.add("host", "sha256/…")`, or the text of "Certificate pinning failure!"',
    meaning: [
      '`*.example.com` is exactly one label more; `**.example.com` is every host below and the name itself from OkHttp 4.3 on, and a name that no host has before',
      'the pins of every pattern that covers the host count together',
      'any of them on the validated path, the root included',
      'no date: pins hold until the app is replaced',
    ],
    refused: [
      'an argument that is not a string literal: constants, concatenation and templates are not followed',
      '`sha1/` pins',
      '`**.` without `--okhttp VERSION`',
      'what OkHttp itself refuses: a `*` elsewhere, a host that is none, a pin that is no base64',
    ],
    source: 'square/okhttp 1682d9b, okhttp3/CertificatePinner.kt; OkHttp 3.13.1, run',
  },
  recognizes: (text) =>
    isFailureText(text) ||
    /\bCertificatePinner\b/.test(text) ||
    (/\badd\s*\(/.test(text) && /"sha(?:256|1)\//.test(text)),
  read: (text, { okhttp: version }, remarks) => {
    const rules = new Rules();
    if (isFailureText(text)) {
      for (const { host, pins } of readFailureText(text, remarks))
        rules.add({ kind: 'exact', name: host }, pins);
    } else readSource(text, version, rules, remarks);
    return [rules.set];
  },
};

function readSource(text: string, version: string | undefined, rules: Rules, remarks: Remarks): void {
  const { calls, strays } = pinnerCalls(text, languageOf(text));
  if (calls.length === 0) {
    throw new Unreadable(
      strays[0] ?? 0,
      'expected a call such as .add("api.example.com", "sha256/…"), found none',
    );
  }
  for (const at of strays)
    remarks.warn(at, 'this pin is not read: it stands outside the calls of .add("host", "sha256/…")');
  for (const call of calls) readCall(call, version, rules, remarks);
}

function readCall(call: PinnerCall, version: string | undefined, rules: Rules, remarks: Remarks): void {
  const [host, ...hashes] = call.arguments;
  for (const { at, value } of call.arguments) {
    if (value === null)
      remarks.problem(at, 'not a literal: expected a string in quotes, because the source is read, not run');
  }
  const pins = new Set<Pin>();
  for (const { at, value } of hashes) {
    const pin = value === null ? null : readOkHttpPin(value);
    if (pin?.ok) pins.add(pin.value);
    else if (pin !== null) remarks.problem(at, pin.problem);
  }
  if (host === undefined) {
    remarks.problem(call.at, 'expected .add("host", "sha256/…"), found no argument');
    return;
  }
  const { at, value: name } = host;
  if (name === null) return;
  const read = readPattern(name, version);
  if (read.is === 'refused') remarks.problem(at, read.why);
  else if (read.is === 'nothing') remarks.warn(at, read.why);
  else if (hashes.length > 0) rules.add(read.pattern, pins);
  else remarks.warn(call.at, () => `no pin is given for ${quote(name)}: it pins nothing`);
}

/** One rule for each pattern; OkHttp unites them. */
class Rules {
  private readonly byPattern = new Map<string, { readonly pattern: HostPattern; readonly pins: Set<Pin> }>();

  add(pattern: HostPattern, pins: ReadonlySet<Pin>): void {
    if (pins.size === 0) return;
    const key = `${pattern.kind} ${pattern.name}`;
    const known = this.byPattern.get(key);
    if (known === undefined) this.byPattern.set(key, { pattern, pins: new Set(pins) });
    else for (const pin of pins) known.pins.add(pin);
  }

  get set(): ReadRules {
    const rules = [...this.byPattern.values()].map(
      ({ pattern, pins }): PinRule => ({ pattern, allOf: [{ at: 'path', anyOf: [...pins] }], enforce: true }),
    );
    return { resolution: 'union', trust: 'platform', rules };
  }
}
