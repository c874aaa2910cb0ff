/**
 * Where clients differ among themselves, and pinwatch stands with some of them. A difference explains a disagreement only if the
 * paths that the JDK's validator accepts, one by one, give what pinwatch says: so none of them can hide a fault.
 */
import type { OkHttpAnswer, PathsAnswer } from './clients.ts';

/** What OkHttp made of an endpoint, beside what it would do by its valid paths. */
export interface Disagreement {
  readonly okhttp: OkHttpAnswer;
  readonly paths: PathsAnswer;
  /** The leaf is one of the anchors. */
  readonly leafIsAnchor: boolean;
  /** pinwatch says that apps connect. */
  readonly connects: boolean;
}

export interface Difference {
  readonly name: string;
  readonly reason: string;
  explains(disagreement: Disagreement): boolean;
}

export const differences: readonly Difference[] = [
  {
    name: 'okhttp-cleaner',
    reason:
      'on a JVM OkHttp pins against a path of its own, built in the order sent by signature alone: no dates, no constraints. On Android the platform gives it the validated path',
    explains: ({ okhttp, paths }) =>
      paths.paths.length > 0 && (okhttp.stage === 'pin' || okhttp.stage === 'ok'),
  },
  {
    name: 'jdk-in-order',
    reason:
      "the JDK's trust manager takes a chain whose names are in order as it stands, and does not go back if that fails; Chromium and Conscrypt do",
    explains: ({ okhttp, connects, paths }) => okhttp.stage === 'trust' && connects && paths.paths.length > 0,
  },
  {
    name: 'leaf-is-anchor',
    reason:
      "of a leaf that is in the trust store itself the JDK and Android ask nothing more, not even its dates; Apple's platforms and browsers do",
    explains: ({ leafIsAnchor }) => leafIsAnchor,
  },
];
