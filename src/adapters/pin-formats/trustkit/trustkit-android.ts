/** TrustKit for Android: a network security configuration with `trustkit-config` in it. */
import { quote } from '../../../core/quote.ts';
import { readNetworkConfig } from '../nsc/network-config.ts';
import { androidRules } from '../nsc/nsc.ts';
import type { PinReader } from '../pin-reader.ts';
import type { Offset, Remarks } from '../remarks.ts';
import { elementsOf, readXml, type XmlElement } from '../xml/xml-tree.ts';

export const trustkitAndroid: PinReader = {
  format: 'trustkit-android',
  about: {
    title: 'TrustKit for Android',
    input: '`network_security_config.xml` with `trustkit-config`',
    meaning: [
      'as the Android network security configuration: from Android 7 on the system enforces the pins, whatever TrustKit is told',
      '`enforcePinning="false"` counts only for TrustKit\'s own sockets before Android 7, so the pins are judged as enforced',
      'before Android 7 the last `domain` of a block counts alone, which is told',
    ],
    refused: [
      'what Android refuses',
      'what stops the app in TrustKit: `enforcePinning="true"` with fewer than two pins, a host that is no domain, a report URI that is no URL',
    ],
    source:
      'datatheorem/TrustKit-Android 230582d, TrustKitConfigurationParser.java, DomainPinningPolicy.java, PinningTrustManager.java',
  },
  recognizes: (text) => text.includes('<network-security-config') && text.includes('<trustkit-config'),
  read: (text, _, remarks) => {
    const root = readXml(text);
    const configs = readNetworkConfig(root, remarks);
    for (const one of named(root, 'domain-config')) checkPolicies(one, unset, remarks);
    return [androidRules(configs, remarks)];
  },
};

/** What a `domain-config` hands down to those inside it. */
interface Policy {
  /** null: nothing is pinned. */
  readonly pins: ReadonlySet<string> | null;
  readonly enforces: boolean;
}

const unset: Policy = { pins: null, enforces: false };

/** Tells what TrustKit throws when it starts, and what it does otherwise than Android. */
function checkPolicies(config: XmlElement, parent: Policy, remarks: Remarks): void {
  const pinSet = named(config, 'pin-set').at(-1);
  const settings = named(config, 'trustkit-config').at(-1);
  const domains = named(config, 'domain');
  const policy: Policy = {
    pins: pinSet === undefined ? parent.pins : pinsOf(pinSet, remarks),
    enforces: settings === undefined ? parent.enforces : isTrue(settings.attributes.get('enforcePinning')),
  };
  if (settings !== undefined) checkReportUris(settings, remarks);
  const last = domains.at(-1);
  if (policy.pins !== null && last !== undefined)
    checkPolicy(
      policy,
      policy.pins,
      { at: settings?.at ?? config.at, last, several: domains.length > 1 },
      remarks,
    );
  for (const one of named(config, 'domain-config')) checkPolicies(one, policy, remarks);
}

interface PolicyPlace {
  readonly at: Offset;
  readonly last: XmlElement;
  readonly several: boolean;
}

function checkPolicy(
  { enforces }: Policy,
  pins: ReadonlySet<string>,
  place: PolicyPlace,
  remarks: Remarks,
): void {
  const { at, last, several } = place;
  const host = textOf(last).trim();
  const shown = quote(host).slice(1, -1);
  if (!isDomain(host)) refuse(remarks, last.at, `Tried to pin an invalid domain: ${shown}`);
  if (enforces && pins.size === 0) {
    refuse(
      remarks,
      at,
      `An empty pin-set was supplied for domain ${shown} with the enforcePinning set to true. An empty pin-set disables pinning and can't be use with enforcePinning set to true.`,
    );
  } else if (enforces && pins.size < 2) {
    refuse(
      remarks,
      at,
      `Less than two pins were supplied for domain ${shown}. This might brick your App; please review the Getting Started guide in ./docs/getting-started.md`,
    );
  }
  if (!enforces && pins.size > 0)
    remarks.warn(
      at,
      'pinning is not enforced by TrustKit, but Android 7 and later enforces these pins: judged as enforced',
    );
  if (several) {
    remarks.warn(
      last.at,
      () =>
        `before Android 7 TrustKit pins the last domain of a block alone: ${quote(host)}; give each a block of its own`,
    );
  }
}

/** Texts, as TrustKit counts them. */
function pinsOf(pinSet: XmlElement, remarks: Remarks): ReadonlySet<string> {
  const pins = named(pinSet, 'pin');
  for (const { at, attributes } of pins) {
    const digest = attributes.get('digest');
    // Android takes it in lower case as well.
    if (digest !== 'SHA-256' && digest?.toUpperCase() === 'SHA-256')
      refuse(remarks, at, `Unexpected digest value: ${digest}`);
  }
  return new Set(pins.map(textOf));
}

function checkReportUris(settings: XmlElement, remarks: Remarks): void {
  for (const one of named(settings, 'report-uri')) {
    const text = textOf(one);
    // What java.net.URL knows everywhere.
    if (!/^\s*(?:url:)?(?:https?|ftp|file|jar):/i.test(text))
      refuse(remarks, one.at, `java.net.MalformedURLException: ${quote(text).slice(1, -1)}`);
  }
}

/** A name of two labels or more, as TrustKit's DomainValidator has it. Its list of top-level domains is not asked. */
function isDomain(name: string): boolean {
  return (
    name.length <= 253 &&
    /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.?$/.test(
      name,
    )
  );
}

/** As `Boolean.parseBoolean`. */
function isTrue(text: string | undefined): boolean {
  return text?.trim().toLowerCase() === 'true';
}

function named(element: XmlElement, name: string): XmlElement[] {
  return elementsOf(element).filter((one) => one.name === name);
}

function textOf({ content }: XmlElement): string {
  return content.map((one) => ('text' in one ? one.text : '')).join('');
}

function refuse(remarks: Remarks, at: Offset, says: string): void {
  remarks.problem(at, `TrustKit stops the app at its start: "${says}"`);
}
