/** How the pins of a domain are delivered to apps, in the signed configuration of its account. */
import { type Parsed, parsed, refused } from './parsed.ts';
import { quote } from './quote.ts';

/**
 * `pins`: a key on the path that the platform validated has to be among the pins. `observe`: a mismatch is only reported
 * to the app. `roots`: as `pins`, against the managed roots. `off`: not pinned.
 */
export const deliveryModes = ['pins', 'observe', 'roots', 'off'] as const;
export type DeliveryMode = (typeof deliveryModes)[number];

export interface Delivery {
  readonly mode: DeliveryMode;
  /** It covers every name below the host, too. */
  readonly sub: boolean;
}

/** Of a domain that sets nothing, and has pins. */
export const defaultDelivery: Delivery = { mode: 'pins', sub: false };

/** From the strictest. */
const strength: { readonly [mode in DeliveryMode]: number } = { pins: 3, roots: 2, observe: 1, off: 0 };

/** Whether apps check less in mode `after` than in mode `before`. */
export function isWeaker(after: DeliveryMode, before: DeliveryMode): boolean {
  return strength[after] < strength[before];
}

/** Whether apps refuse a connection in this mode. */
export function isEnforcing(mode: DeliveryMode): boolean {
  return mode === 'pins' || mode === 'roots';
}

const withSub = ',sub';

/** As `parseDelivery` reads it. */
export function deliveryText({ mode, sub }: Delivery): string {
  return `${mode}${sub ? withSub : ''}`;
}

export const deliveryExpected = `one of ${deliveryModes.join(', ')}, with ${withSub} if it covers every name below the host`;

/** `pins`, or `pins,sub` if it covers every name below the host. */
export function parseDelivery(text: string): Parsed<Delivery> {
  const sub = text.endsWith(withSub);
  const word = sub ? text.slice(0, -withSub.length) : text;
  const mode = deliveryModes.find((one) => one === word);
  return mode === undefined
    ? refused(`expected ${deliveryExpected}, found ${quote(text)}`)
    : parsed({ mode, sub });
}
