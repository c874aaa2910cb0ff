/** A coded fact worth telling. A closed set: the same word in JSON, metrics, mail and docs. */
export const findingCodes = [
  'pin_mismatch',
  'pin_mismatch_partial',
  'pin_outside_path',
  'chain_incomplete',
  'chain_untrusted',
  'host_name_mismatch',
  'certificate_expired',
  'certificate_not_yet_valid',
  'platform_refused',
  'path_ambiguous',
  'pin_mismatch_held',
  'pins_expiring',
  'pins_expired',
  'certificate_expiring',
  'no_backup_pin',
  'endpoint_failed',
  'unreachable',
] as const;
export type FindingCode = (typeof findingCodes)[number];

/**
 * `critical`: apps fail. `warning`: apps will fail, or the state is unknown. `info`: worth knowing. The most severe
 * first.
 */
export const severities = ['critical', 'warning', 'info'] as const;
export type Severity = (typeof severities)[number];

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly message: string;
  /** The pin sets concerned; left out if no other set than the registry's pins applies, or if it is about none. */
  readonly pinSets?: readonly string[];
}
