/**
 * A network security configuration as Android's XmlConfigSource reads it: which element may stand where, what is
 * inherited, and what it throws.
 */
import type { Pin } from '../../../core/pin.ts';
import { quote } from '../../../core/quote.ts';
import { decodeAsAndroid, pinOfDigest } from '../base64.ts';
import { isHostLiteral } from '../host-literal.ts';
import { type Offset, type Remarks, Unreadable } from '../remarks.ts';
import { elementsOf, type XmlElement, type XmlText } from '../xml/xml-tree.ts';
import { androidBoolean } from './android-boolean.ts';
import { javaDay } from './java-date.ts';

export interface AndroidDomain {
  readonly at: Offset;
  /** In lower case, otherwise as it stands. */
  readonly name: string;
  readonly includeSubdomains: boolean;
}

export interface AndroidPinSet {
  readonly at: Offset;
  /** Without repeats; shared by all that inherit it. */
  readonly pins: readonly Pin[];
  /** Midnight in UTC of the day in the attribute. */
  readonly expiration?: number;
}

/** One `domain-config` with what it inherits. */
export interface DomainConfig {
  readonly element: XmlElement;
  readonly domains: readonly AndroidDomain[];
  /** null: not pinned. */
  readonly pinSet: AndroidPinSet | null;
  readonly anchors: readonly TrustAnchors[];
}

/** One `certificates` element. */
export interface TrustAnchors {
  readonly at: Offset;
  /** `system`, `user`, `wfa` or a resource such as `@raw/roots`. */
  readonly source: string;
  /** Paths that end in one of them are not asked for pins. */
  readonly overridesPins: boolean;
}

const configNames = ['base-config', 'domain-config', 'debug-overrides'] as const;
type ConfigName = (typeof configNames)[number];

/** Elements that Android or TrustKit know inside a configuration. */
const knownInside = new Set(['trustkit-config', 'certificateTransparency', 'domainEncryption']);

/** Throws Unreadable. */
export function readNetworkConfig(root: XmlElement, remarks: Remarks): DomainConfig[] {
  if (root.name !== 'network-security-config') {
    throw new Unreadable(
      root.at,
      refusal(
        `Unexpected start tag: found ${quote(root.name).slice(1, -1)}, expected network-security-config`,
      ),
    );
  }
  return new ConfigReader(remarks).read(root);
}

/** What Android says when it reads the file, which is at the first connection of the app. */
function refusal(says: string): string {
  return `Android refuses the file: "${says}"`;
}

interface Inherited {
  readonly pinSet: AndroidPinSet | null;
  readonly anchors: readonly TrustAnchors[] | null;
}

class ConfigReader {
  private readonly remarks: Remarks;
  private readonly seenDomains = new Set<string>();
  private readonly configs: DomainConfig[] = [];

  constructor(remarks: Remarks) {
    this.remarks = remarks;
  }

  read(root: XmlElement): DomainConfig[] {
    const elements = elementsOf(root);
    const [base, ...otherBases] = elements.filter(({ name }) => name === 'base-config');
    const [debug, ...otherDebugs] = elements.filter(({ name }) => name === 'debug-overrides');
    for (const { at } of otherBases) this.refuse(at, 'Only one base-config allowed');
    for (const { at } of otherDebugs) this.refuse(at, 'Only one debug-overrides allowed');
    // It counts for every domain-config, also for those before it.
    const inherited = base === undefined ? nothing : this.readConfig(base, 'base-config', nothing);
    if (debug !== undefined) this.readConfig(debug, 'debug-overrides', nothing);
    for (const element of elements) {
      if (element.name === 'domain-config') this.readConfig(element, 'domain-config', inherited);
      else if (!configNames.some((name) => name === element.name)) this.skipped(element);
    }
    return this.configs;
  }

  /** Returns what elements inside inherit. */
  private readConfig(element: XmlElement, kind: ConfigName, parent: Inherited): Inherited {
    const inside = elementsOf(element);
    const named = (name: string) => inside.filter((one) => one.name === name);
    const [pinSetElement, ...otherPinSets] = this.allowedIn(kind, named('pin-set'), 'pin-set element');
    const [anchorElement, ...otherAnchors] = named('trust-anchors');
    for (const { at } of otherPinSets) this.refuse(at, 'Multiple pin-set elements not allowed');
    for (const { at } of otherAnchors) this.refuse(at, 'Multiple trust-anchor elements not allowed');
    const domains = this.allowedIn(kind, named('domain'), 'domain element').flatMap(
      (one) => this.readDomain(one) ?? [],
    );
    const own: Inherited = {
      pinSet: pinSetElement === undefined ? parent.pinSet : this.readPinSet(pinSetElement),
      anchors: anchorElement === undefined ? parent.anchors : this.readAnchors(anchorElement, kind),
    };
    if (kind === 'domain-config') {
      if (named('domain').length === 0) this.refuse(element.at, 'No domain elements in domain-config');
      this.configs.push({ element, domains, pinSet: own.pinSet, anchors: own.anchors ?? [] });
    }
    for (const one of this.allowedIn(kind, named('domain-config'), 'Nested domain-config'))
      this.readConfig(one, 'domain-config', own);
    for (const one of inside) {
      if (!knownInside.has(one.name) && !understood.has(one.name)) this.skipped(one);
    }
    return own;
  }

  private allowedIn(kind: ConfigName, elements: XmlElement[], what: string): XmlElement[] {
    if (kind === 'domain-config') return elements;
    for (const { at } of elements) this.refuse(at, `${what} not allowed in ${kind}`);
    return [];
  }

  private readDomain(element: XmlElement): AndroidDomain | null {
    const text = this.onlyText(element, 'Domain name missing', 'domain contains additional elements');
    if (text === null) return null;
    const name = text.text.trim().toLowerCase();
    if (this.seenDomains.has(name)) {
      this.refuse(text.at, `${quote(name).slice(1, -1)} has already been specified`);
      return null;
    }
    this.seenDomains.add(name);
    if (!isHostLiteral(name))
      this.remarks.warn(
        text.at,
        () => `${quote(name)} is a literal that matches nothing: no host has this name`,
      );
    return { at: element.at, name, includeSubdomains: this.boolean(element, 'includeSubdomains', false) };
  }

  private readPinSet(element: XmlElement): AndroidPinSet {
    const distinct = new Set<Pin>();
    for (const one of elementsOf(element)) {
      const pin = one.name === 'pin' ? this.readPin(one) : null;
      if (pin !== null) distinct.add(pin);
      if (one.name !== 'pin') this.skipped(one);
    }
    const { at } = element;
    const pins = [...distinct];
    const attribute = element.attributes.get('expiration');
    if (attribute === undefined) return { at, pins };
    const expiration = javaDay(attribute);
    if (expiration === null) {
      this.refuse(at, 'Invalid expiration date in pin-set', `expected YYYY-MM-DD, found ${quote(attribute)}`);
      return { at, pins };
    }
    if (!/^\d{4}-\d\d-\d\d$/.test(attribute)) {
      const year = /\d+/.exec(attribute)?.[0] ?? '';
      const month = new Date(expiration).toISOString().slice(-19, -14);
      this.remarks.warn(
        at,
        () => `Android reads the expiration ${quote(attribute)} as year ${Number(year)}, ${month}`,
      );
    }
    return { at, pins, expiration };
  }

  private readPin(element: XmlElement): Pin | null {
    const algorithm = element.attributes.get('digest');
    if (algorithm?.toUpperCase() !== 'SHA-256') {
      this.refuse(
        element.at,
        `Unsupported pin digest algorithm: ${algorithm === undefined ? 'null' : quote(algorithm).slice(1, -1)}`,
      );
      return null;
    }
    const text = this.onlyText(element, 'Missing pin digest', 'pin contains additional elements');
    if (text === null) return null;
    const digest = decodeAsAndroid(text.text);
    if (digest === null) {
      this.refuse(text.at, 'Invalid pin digest', `expected base64, found ${quote(text.text.trim())}`);
      return null;
    }
    const pin = pinOfDigest(digest);
    if (pin === null) {
      this.refuse(
        text.at,
        `digest length ${digest.length} does not match expected length for ${algorithm} of 32`,
      );
    }
    return pin;
  }

  private readAnchors(element: XmlElement, kind: ConfigName): TrustAnchors[] {
    return elementsOf(element).flatMap((one) => {
      if (one.name !== 'certificates') {
        this.skipped(one);
        return [];
      }
      const source = one.attributes.get('src');
      if (source === undefined) this.refuse(one.at, 'certificates element missing src attribute');
      else if (!/^(?:system|user|wfa)$|^@/.test(source))
        this.refuse(one.at, 'Unknown certificates src. Should be one of system|user|@resourceVal');
      const overridesPins = this.boolean(one, 'overridePins', kind === 'debug-overrides');
      return [{ at: one.at, source: source ?? '', overridesPins }];
    });
  }

  private boolean({ attributes, at }: XmlElement, name: string, otherwise: boolean): boolean {
    const text = attributes.get(name);
    if (text === undefined) return otherwise;
    const value = androidBoolean(text);
    if (value === null)
      this.remarks.warn(at, () => `${name} is neither true nor false, so Android takes it for ${otherwise}`);
    return value ?? otherwise;
  }

  /** The text of an element that must have nothing else in it; null if it has. */
  private onlyText({ at, content }: XmlElement, missing: string, more: string): XmlText | null {
    const [first, second] = content;
    if (first === undefined || 'name' in first) this.refuse(at, missing);
    else if (second !== undefined) this.refuse(second.at, more);
    else return first;
    return null;
  }

  private skipped({ at, name }: XmlElement): void {
    const place = name === 'pin-set' || name === 'pin' || name === 'domain' ? ' here' : '';
    this.remarks.warn(at, () => `Android skips <${quote(name).slice(1, -1)}>${place}: it has no effect`);
  }

  private refuse(at: Offset, says: string, more?: string): void {
    this.remarks.problem(at, more === undefined ? refusal(says) : `${refusal(says)}: ${more}`);
  }
}

const nothing: Inherited = { pinSet: null, anchors: null };
const understood = new Set(['domain', 'pin-set', 'trust-anchors', 'domain-config']);
