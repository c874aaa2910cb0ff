import { bundle, configurationClaims, pin } from './bundle.ts';
import { accepted, type Case, type DecisionCase, type Stored } from './case.ts';

/** Bundles that are accepted for what their configuration says. */

type Claims = Readonly<Record<string, unknown>>;

/** Accepted with these claims beside the usual ones. */
export function withClaims(
  name: string,
  title: string,
  over: Claims,
  decisions: readonly DecisionCase[] = [],
  rest: { readonly now?: number; readonly stored?: Stored } = {},
): Case {
  const claims = configurationClaims(over);
  return accepted(name, title, bundle({ configuration: { payload: claims } }), {
    claims,
    decisions,
    ...rest,
  });
}

export const domain = { mode: 'pins', pins: [pin('leaf'), pin('backup')] };
export const many = (count: number) => Array.from({ length: count }, (_, at) => pin(`number ${at}`));
