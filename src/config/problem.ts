/** One thing that is wrong with a configuration, and where. */
export interface ConfigProblem {
  /** As in `accounts.acme.domains[2].pins[0]`; the name of an environment variable; '' for the whole file. */
  readonly path: string;
  /** What is expected there and what was found; never a secret. */
  readonly message: string;
}

/** All problems of a file for a person to read, one per line, without a final newline. */
export function formatProblems(file: string, problems: readonly ConfigProblem[]): string {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return [`${file}: ${count}`, ...problems.map((problem) => `  ${formatProblem(problem)}`)].join('\n');
}

export function formatProblem({ path, message }: ConfigProblem): string {
  return path === '' ? message : `${path}: ${message}`;
}
