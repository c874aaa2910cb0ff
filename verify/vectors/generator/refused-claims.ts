import { bundle, configurationClaims, type Payload } from './bundle.ts';
import { type Case, refused } from './case.ts';

/** Rightly signed bundles that are refused for what a payload says. */

export type Claims = Readonly<Record<string, unknown>>;

export const statement = (name: string, title: string, payload: Payload, code = 'malformed'): Case =>
  refused(name, code, title, bundle({ statement: { payload } }));
export const configuration = (name: string, title: string, payload: Payload, code = 'malformed'): Case =>
  refused(name, code, title, bundle({ configuration: { payload } }));

export const otherChannel = 'nbswy3dpeb3w64tmmqqhg33omuya'.slice(0, 26);
/** The text of the usual claims. */
export const usual = JSON.stringify(configurationClaims());
