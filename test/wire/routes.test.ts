import { expect, test } from 'vitest';
import type { Handlers } from '../../src/adapters/http/handler.ts';
import { actions } from '../../src/core/access.ts';
import type { Route, RouteTable } from '../../src/wire/route.ts';
import { type Routes, routes } from '../../src/wire/routes.ts';

const table: RouteTable = routes;

test('a route without its permission does not compile', () => {
  const { may: _may, ...others } = routes.showAccount;
  // @ts-expect-error: who may is missing.
  const route: Route = others;
  expect(route).not.toHaveProperty('may');
});

test('nor does a route without a handler, or one that is to be bound to what was seen and does not say to what', () => {
  const answer = async () => ({ body: null });
  // @ts-expect-error: the other routes are missing.
  const some: Handlers<Routes> = { revokeToken: { answer } };
  // @ts-expect-error: `stored` is missing.
  const unbound: Handlers<Pick<Routes, 'removeDomain'>> = { removeDomain: { answer } };
  expect([some, unbound]).toHaveLength(2);
});

test.each(Object.entries(table))(
  '%s: the parameters in its path are read, and its permission is known',
  (_id, route) => {
    const named = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name);
    const read = Object.keys((route.params as { shape?: object } | undefined)?.shape ?? {});
    expect(read.sort()).toEqual(named.sort());
    const may = typeof route.may === 'function' ? route.may({} as never) : route.may;
    expect([...actions, 'any token']).toContain(may);
  },
);
