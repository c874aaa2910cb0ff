/** Android's network security configuration (`res/xml/network_security_config.xml`), from Android 7 on. */
import type { PinList, PinRule } from '../../../core/pin-set.ts';
import type { ReadRules } from '../../../flow/pin-formats.ts';
import { isHostLiteral } from '../host-literal.ts';
import type { PinReader } from '../pin-reader.ts';
import type { Remarks } from '../remarks.ts';
import { readXml } from '../xml/xml-tree.ts';
import { type DomainConfig, readNetworkConfig } from './network-config.ts';

export const nsc: PinReader = {
  format: 'nsc',
  about: {
    title: 'Android network security configuration',
    input: '`network_security_config.xml`',
    meaning: [
      'a `domain` of exactly this name, else the longest one above it with `includeSubdomains`, alone',
      'a `domain-config` inside another inherits its `pin-set`, unless it has its own',
      'any pin on the validated path',
      '`expiration`: not pinned from that midnight on in the time zone of the device, so enforced somewhere until UTC−12 has it',
      "`overridePins` on the system's roots: not pinned",
      '`debug-overrides` counts for debuggable builds alone',
    ],
    refused: [
      'what makes Android throw: a repeated `domain`, none in a `domain-config`, a second `pin-set`, one in `base-config` or `debug-overrides`, a digest of another length or algorithm, an expiration that is no date',
    ],
    source:
      'aosp-mirror/platform_frameworks_base, android/security/net/config: 0172a23 XmlConfigSource.java, 4850a8b ApplicationConfig.java, 3c096b3 NetworkSecurityTrustManager.java',
  },
  recognizes: (text) => text.includes('<network-security-config') && !text.includes('<trustkit-config'),
  read: (text, _, remarks) => [androidRules(readNetworkConfig(readXml(text), remarks), remarks)],
};

/** Etc/GMT+12 is the last time zone to reach a day. */
const lastZoneMs = 12 * 3_600_000;

/** The rules that Android itself enforces. */
export function androidRules(configs: readonly DomainConfig[], remarks: Remarks): ReadRules {
  return {
    resolution: 'most-specific',
    trust: 'platform',
    rules: configs.flatMap((config) => rulesOf(config, remarks)),
  };
}

function rulesOf(config: DomainConfig, remarks: Remarks): PinRule[] {
  const { pinSet } = config;
  const allOf = pinnedBy(config, remarks);
  const until =
    pinSet?.expiration === undefined || Number.isNaN(pinSet.expiration)
      ? {}
      : { until: pinSet.expiration + lastZoneMs };
  return config.domains
    .filter(({ name }) => isHostLiteral(name))
    .map(({ name, includeSubdomains }) => ({
      pattern: { kind: includeSubdomains ? 'any-depth' : 'exact', name },
      allOf,
      enforce: true,
      ...(allOf.length === 0 ? {} : until),
    }));
}

/** Empty: the hosts are not pinned. */
function pinnedBy({ element, pinSet, anchors }: DomainConfig, remarks: Remarks): PinList[] {
  if (pinSet === null) return [];
  if (pinSet.pins.length === 0) {
    remarks.warn(pinSet.at, 'a pin-set without pins: Android does not pin these hosts');
    return [];
  }
  const system = anchors.find(({ source }) => source === 'system');
  if (system?.overridesPins) {
    remarks.warn(system.at, 'overridePins on the roots of the system: Android does not pin these hosts');
    return [];
  }
  for (const { at, source, overridesPins } of anchors) {
    if (overridesPins && source.startsWith('@'))
      remarks.warn(
        at,
        () =>
          `paths that end in ${source} are not pinned, which is not judged: the file does not have these roots`,
      );
  }
  if (anchors.length > 0 && system === undefined)
    remarks.warn(
      element.at,
      'these hosts trust other roots than those of the system: give them with --ca-file',
    );
  return [{ at: 'path', anyOf: pinSet.pins }];
}
