/** The hosts that a rule of a pin set is for. Names are lower-case A-labels without a trailing dot. */
export type HostPattern =
  /** This host alone. */
  | { readonly kind: 'exact'; readonly name: string }
  /** Any one label before the name: `*.example.com` covers `api.example.com` and nothing else. */
  | { readonly kind: 'one-label'; readonly name: string }
  /** The name itself, and every name below it. */
  | { readonly kind: 'any-depth'; readonly name: string }
  /** Whatever the host: the common name of the leaf's subject is this, compared exactly. */
  | { readonly kind: 'leaf-cn'; readonly name: string };

/** Whether the pattern covers the host. One by the leaf's common name may: only the leaf decides. */
export function coversHost({ kind, name }: HostPattern, host: string): boolean {
  switch (kind) {
    case 'exact':
      return host === name;
    case 'one-label':
      return host.slice(host.indexOf('.') + 1) === name && host.indexOf('.') > 0;
    case 'any-depth':
      return host === name || host.endsWith(`.${name}`);
    case 'leaf-cn':
      return true;
    default:
      return kind satisfies never;
  }
}

/** The more specific of two patterns that cover one host has the greater number: an exact one, else the longer name. */
export function specificity({ kind, name }: HostPattern): number {
  return kind === 'exact' ? Number.POSITIVE_INFINITY : name.length;
}

/** Whether some host is covered by both. Of patterns by the leaf's common name, only equal ones are known to meet. */
export function patternsMeet(a: HostPattern, b: HostPattern): boolean {
  if (a.kind === 'leaf-cn' || b.kind === 'leaf-cn') return a.kind === b.kind && a.name === b.name;
  if (a.kind === 'exact') return coversHost(b, a.name);
  if (b.kind === 'exact') return coversHost(a, b.name);
  if (a.kind === 'one-label' && b.kind === 'one-label') return a.name === b.name;
  const [shallow, deep] = a.kind === 'one-label' ? [a, b] : [b, a];
  return coversHost(deep, shallow.name) || coversHost(shallow, deep.name);
}
