import { onOneLine } from '../../core/quote.ts';
import { exitStatus } from '../usage.ts';

/** A problem as the API reports it (RFC 9457). */
export interface ProblemAnswer {
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
  readonly forcible?: boolean;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** A command failed. Printed without a stack trace; the lines of the message are safe to show. */
export class Failure extends Error {
  readonly exitStatus: number;
  /** The API's code, `unreachable` if it did not answer, `''` if there is no code. */
  readonly code: string;

  constructor(message: string, status: number = exitStatus.undetermined, code = '') {
    super(message);
    this.exitStatus = status;
    this.code = code;
  }
}

/** Refused because the apps would fail: 1. Bad input, wherever it was found: 64. Not done for another reason: 2. */
export function statusOfProblem(httpStatus: number, code: string): number {
  if (code === 'guarded') return exitStatus.appsFail;
  return httpStatus === 400 ? exitStatus.usage : exitStatus.undetermined;
}

/** What the API says, in lines for a person. */
export function describeProblem({ title, detail, errors }: ProblemAnswer): string {
  const head = [title, errors && errors.length > 0 ? undefined : detail].filter(isText).map(onOneLine);
  const places = (errors ?? []).map(({ path, message }) => `  ${onOneLine(path)}: ${onOneLine(message)}`);
  return [head.join(': '), ...places].join('\n');
}

const isText = (text: unknown): text is string => typeof text === 'string' && text !== '';
