export type Environment = Readonly<Record<string, string | undefined>>;

export interface Expanded {
  readonly text: string;
  /** Something came from the environment: the text may be a secret. */
  readonly secret: boolean;
}

/** Replaces each `${NAME}` with that environment variable; `$${` is a literal `${`. Returns the problem as a string. */
export function expand(template: string, environment: Environment): Expanded | string {
  let secret = false;
  let problem: string | null = null;
  const text = template.replace(/\$\$\{|\$\{([^}]*)(\}?)/g, (match, name: string | undefined, end) => {
    if (name === undefined) return '${';
    if (end === '' || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      problem ??= 'expected the name of an environment variable in the braces; write $${ for a literal ${';
      return match;
    }
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (value === undefined) problem ??= `the environment variable ${name.slice(0, 80)} is not set`;
    secret = true;
    return value ?? '';
  });
  return problem ?? { text, secret };
}
