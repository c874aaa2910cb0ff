/**
 * Differences among clients, where pinwatch agrees with only some of them. A difference explains a disagreement only if
 * the paths that the JDK's validator accepts lead to pinwatch's verdict, so that none of them can hide a fault.
 */
import type { OkHttpAnswer, PathsAnswer } from './clients.ts';

/** What OkHttp did with an endpoint, and the endpoint's valid paths. */
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
      'on a JVM, OkHttp checks pins against a path that it builds in the order sent, by signatures alone, without dates or constraints; on Android, the platform gives it the validated path',
    explains: ({ okhttp, paths }) =>
      paths.paths.length > 0 && (okhttp.stage === 'pin' || okhttp.stage === 'ok'),
  },
  {
    name: 'jdk-in-order',
    reason:
      "the JDK's trust manager takes a chain as sent if its names are in order, and does not backtrack if that fails; Chromium and Conscrypt do",
    explains: ({ okhttp, connects, paths }) => okhttp.stage === 'trust' && connects && paths.paths.length > 0,
  },
  {
    name: 'leaf-is-anchor',
    reason:
      "the JDK and Android check nothing about a leaf that is itself in the trust store, not even its dates; Apple's platforms and browsers do",
    explains: ({ leafIsAnchor }) => leafIsAnchor,
  },
];
