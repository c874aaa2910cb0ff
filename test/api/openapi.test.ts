import { createConfig, lintFromString } from '@redocly/openapi-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { requires } from '../support/requires.ts';
import { type Api, createRig, ok, problemOf, type Rig } from './rig.ts';
import { routesOf } from './routes.ts';

type Schema = Record<string, unknown>;
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly { name: string; in: string; required?: boolean; schema: Schema }[];
  readonly requestBody?: { content: Record<string, { schema: Schema }> };
  readonly responses: Record<string, { description: string; content?: Record<string, { schema: Schema }> }>;
}
interface Document {
  readonly openapi: string;
  readonly info: { title: string; version: string; description: string };
  readonly tags: readonly { name: string; description: string }[];
  readonly security: unknown[];
  readonly paths: Record<string, Record<string, Operation>>;
}
interface Written extends Document {
  readonly components: { readonly schemas: Record<string, Schema> };
}

requires('redis-server')('the OpenAPI document', () => {
  let rig: Rig;
  let api: Api;
  let written: Written;
  /** With each reference replaced by its target. */
  let document: Document;
  let routes: readonly string[];
  beforeAll(async () => {
    rig = await createRig();
    [api, routes] = await routesOf(() => rig.serve());
    written = ok(await api.ask('GET', '/v1/openapi.json')).json;
    document = resolved(written, written.components.schemas) as Document;
  });
  afterAll(() => rig.close());

  const operations = () =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        name: `${method.toUpperCase()} ${path}`,
        path,
        operation,
      })),
    );

  test('is one of version 3.1 and lists every route, no more', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(document.info.title).toBe('pinwatch');
    const listed = operations().map(({ name }) => name.replaceAll(/\{(\w+)\}/g, ':$1'));
    const expected = routes.filter(
      (route) => / \/v1\//.test(route) && !route.startsWith('HEAD') && !route.endsWith('/v1/openapi.json'),
    );
    expect(listed.sort()).toEqual([...expected].sort());
  });

  test('passes a strict validator', async () => {
    const config = await createConfig({ extends: ['recommended-strict'] });
    const found = await lintFromString({ source: JSON.stringify(written), config });
    expect(found.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
  });

  test('names every body and every answer, and describes each tag', () => {
    const unnamed: string[] = [];
    const named = new Set<string>();
    for (const [path, methods] of Object.entries(written.paths)) {
      for (const [method, { requestBody, responses, tags, operationId }] of Object.entries(methods)) {
        const contents = [requestBody, ...Object.values(responses)].flatMap((one) =>
          Object.entries(one?.content ?? {}),
        );
        for (const [type, { schema }] of contents) {
          if (type === 'text/event-stream') continue;
          if (typeof schema.$ref === 'string') named.add(schema.$ref);
          else unnamed.push(`${method} ${path}`);
        }
        expect(tags, operationId).toHaveLength(1);
        expect(
          written.tags.map(({ name }) => name),
          operationId,
        ).toEqual(expect.arrayContaining([...tags]));
      }
    }
    expect(unnamed).toEqual([]);
    expect(named).toContain('#/components/schemas/NewDomain');
    expect(named).toContain('#/components/schemas/ProblemDetails');
    expect(written.info.description).toMatch(/\S/);
    for (const { description } of written.tags) expect(description).toMatch(/\S/);
  });

  test('gives each operation a name of its own, for generated clients', () => {
    const names = operations().map(({ operation }) => operation.operationId);
    expect(names.filter((name) => !/^[a-z]+([A-Z][a-z]+)+$/.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  test('documents each path parameter, a summary, the answer and the refusals', () => {
    for (const { name, path, operation } of operations()) {
      expect(operation.summary, name).toMatch(/\S/);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, one]) => one);
      const documented = (operation.parameters ?? []).filter((one) => one.in === 'path');
      expect(documented.map((one) => one.name).sort(), name).toEqual(inPath.sort());
      expect(
        documented.every((one) => one.required),
        name,
      ).toBe(true);
      const codes = Object.keys(operation.responses);
      expect(codes, name).toContain('4XX');
      expect(
        codes.some((code) => /^2\d\d$/.test(code)),
        name,
      ).toBe(true);
      const refused = operation.responses['4XX']?.content?.['application/problem+json']?.schema;
      expect(refused, name).toMatchObject({ required: ['type', 'title', 'status', 'code', 'detail'] });
      for (const [code, response] of Object.entries(operation.responses)) {
        expect(response.description, `${name} ${code}`).toMatch(/\S/);
      }
    }
  });

  test('names If-Match if an edit can be conditional, and nowhere else', async () => {
    const watched = await rig.watched('tagged.example.com');
    const account = '/v1/accounts/tagged';
    const body = { name: 'tagged', contacts: ['a@example.com'] };
    ok(await api.ask('POST', '/v1/accounts', { body }), 201);
    ok(await api.ask('POST', `${account}/domains`, { body: watched.entry }), 201);
    const pin = watched.chain[0]?.pin ?? '';
    const text = `CertificatePinner.Builder().add("tagged.example.com", "${pin}").build()`;
    ok(await api.ask('PUT', `${account}/pin-sets/android`, { body: { text } }));
    ok(await api.ask('POST', `${account}/probes?wait=20s`, { body: {} }), 202);
    const next = { domain: watched.name, pin: watched.other[0]?.pin, keyType: 'ecdsa' };
    const { id } = ok(await api.ask('POST', `${account}/rotations`, { body: next }), 201).json;
    const values: Record<string, string> = {
      ...{ account: 'tagged', domain: watched.name, pin, name: 'android', rotation: id },
    };
    const bodies: Record<string, object> = {
      'PATCH /v1/accounts/{account}': { contacts: ['b@example.com'] },
      'PATCH /v1/accounts/{account}/domains/{domain}': { keyTypes: ['ecdsa'] },
      'POST /v1/accounts/{account}/domains/{domain}/pins': { pin },
      'POST /v1/accounts/{account}/rotations/{rotation}/steps': { step: 'pin' },
      'PUT /v1/accounts/{account}/domains/{domain}/pins': { pins: [pin] },
      'PUT /v1/accounts/{account}/pin-sets/{name}': { text },
    };
    const headers = { 'if-match': '"another"' };
    const named = operations().filter(({ operation }) =>
      operation.parameters?.some((one) => one.in === 'header' && one.name === 'if-match' && !one.required),
    );
    for (const { name, path } of named) {
      const at = path.replaceAll(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(values[key] ?? ''));
      const method = name.split(' ')[0] ?? '';
      problemOf(await api.ask(method, at, { body: bodies[name], headers }), 412, 'stale');
    }
    expect(named.map(({ name }) => name).sort()).toEqual([
      'DELETE /v1/accounts/{account}',
      'DELETE /v1/accounts/{account}/domains/{domain}',
      'DELETE /v1/accounts/{account}/domains/{domain}/pins/{pin}',
      'DELETE /v1/accounts/{account}/pin-sets/{name}',
      'DELETE /v1/accounts/{account}/rotations/{rotation}',
      ...Object.keys(bodies),
    ]);
  });

  test('shows what is sent, not the parsed result, and its own examples fit', () => {
    let examples = 0;
    for (const { name, operation } of operations()) {
      const body = operation.requestBody?.content['application/json']?.schema;
      const schemas = [...(operation.parameters ?? []).map(({ schema }) => schema), ...(body ? [body] : [])];
      for (const schema of schemas) {
        for (const part of partsOf(schema)) {
          // Without a type anything would fit: a transform whose result was documented, or none was.
          const isTyped = ['type', 'anyOf', 'enum', 'const'].some((key) => key in part);
          expect(isTyped, `${name}: ${JSON.stringify(part)}`).toBe(true);
          if (!('example' in part)) continue;
          examples += 1;
          const read = z.fromJSONSchema(part as Parameters<typeof z.fromJSONSchema>[0]);
          expect(read.safeParse(part.example).success, name).toBe(true);
        }
      }
    }
    expect(examples).toBeGreaterThan(10);
    const added = document.paths['/v1/accounts/{account}/domains']?.post?.requestBody;
    expect(added?.content['application/json']?.schema).toMatchObject({
      type: 'object',
      required: ['host'],
      additionalProperties: false,
      properties: { host: { type: 'string' }, pins: { type: 'array', items: { type: 'string' } } },
    });
  });

  test('fits what is answered', async () => {
    ok(
      await api.ask('POST', '/v1/accounts', {
        body: { name: 'acme', contacts: ['a@example.com'], notify: { groupWait: '1s', unreachableAfter: 2 } },
      }),
      201,
    );
    const { entry, name, server, other } = await rig.watched();
    const domain = `/v1/accounts/acme/domains/${name}`;
    const answers: [string, string, string, unknown?][] = [
      ['GET', '/v1/me', '/v1/me'],
      ['GET', '/v1/accounts', '/v1/accounts'],
      ['GET', '/v1/accounts/acme', '/v1/accounts/{account}'],
      ['PATCH', '/v1/accounts/acme', '/v1/accounts/{account}', { contacts: ['b@example.com'] }],
      ['POST', '/v1/accounts/acme/domains', '/v1/accounts/{account}/domains', entry],
      ['POST', '/v1/accounts/acme/probes?wait=20s', '/v1/accounts/{account}/probes', {}],
      ['POST', '/v1/accounts/acme/probes?wait=20s', '/v1/accounts/{account}/probes', {}],
      ['GET', domain, '/v1/accounts/{account}/domains/{domain}'],
      ['GET', `${domain}/pins`, '/v1/accounts/{account}/domains/{domain}/pins'],
      ['GET', '/v1/accounts/acme/domains', '/v1/accounts/{account}/domains'],
      ['GET', '/v1/accounts/acme/incidents', '/v1/accounts/{account}/incidents'],
      ['GET', '/v1/accounts/acme/audit', '/v1/accounts/{account}/audit'],
      ['GET', '/v1/audit', '/v1/audit'],
      ['POST', '/v1/tokens', '/v1/tokens', { name: 'root', role: 'admin' }],
    ];
    for (const [method, path, template, body] of answers) {
      const answer = await api.ask(method, path, body === undefined ? {} : { body });
      const documented =
        document.paths[template]?.[method.toLowerCase()]?.responses[String(answer.status)]?.content?.[
          'application/json'
        ]?.schema;
      expect(documented, `${method} ${path}: ${answer.status} ${answer.text}`).toBeDefined();
      const read = z.fromJSONSchema(documented as Parameters<typeof z.fromJSONSchema>[0]);
      const result = read.safeParse(answer.json);
      expect(result.error?.issues ?? [], `${method} ${path}`).toEqual([]);
      // The second probe opens an incident, so that an incident and a history are covered too.
      if (method === 'POST' && path.includes('/probes')) server.rotate([other]);
      if (path === '/v1/accounts/acme/incidents') expect(answer.json.incidents).toHaveLength(1);
    }
  });
});

/** No schema of the document refers to itself. */
function resolved(value: unknown, schemas: Record<string, Schema>): unknown {
  if (Array.isArray(value)) return value.map((item) => resolved(item, schemas));
  if (typeof value !== 'object' || value === null) return value;
  const { $ref } = value as { $ref?: string };
  if ($ref !== undefined) return resolved(schemas[$ref.split('/').at(-1) ?? ''], schemas);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolved(item, schemas)]));
}

/** A schema's leaves: the schemas of single values. */
function partsOf(schema: Schema): Schema[] {
  const { properties, items, anyOf } = schema as { properties?: Schema; items?: Schema; anyOf?: Schema[] };
  if (properties) return Object.values(properties).flatMap((one) => partsOf(one as Schema));
  if (anyOf) return anyOf.flatMap(partsOf);
  return items ? partsOf(items) : [schema];
}
