/** Rotations: the replacement of a server's key, step by step. */
import { z } from 'zod';
import { findingCodes } from '../core/finding.ts';
import { alarmCodes, obstacleCodes } from '../core/rotation-obstacle.ts';
import { rotationSteps, stepStates } from '../core/rotation-standing.ts';
import { mostRotatedDomains } from '../core/rotation-state.ts';
import { accountParams } from './accounts.ts';
import { nameOfDomain } from './domain-name.ts';
import { answer, request } from './named.ts';
import { note, pin, printable } from './parsed-text.ts';
import type { RouteTable } from './route.ts';
import { list, noTime, pinText, time } from './values.ts';
import { keyType, severity } from './words.ts';

const text = z.string();
const step = answer('RotationStep', z.enum(rotationSteps));

const obstacle = answer(
  'RotationObstacle',
  z.object({
    code: z.enum(obstacleCodes),
    message: text,
    override: z
      .enum(['force', 'nothing'])
      .describe('What takes the step in spite of it: force with a note, or nothing.'),
  }),
);

const alarm = answer('RotationAlarm', z.object({ code: z.enum(alarmCodes), severity, message: text }));

const endpoint = answer(
  'RotationEndpoint',
  z.object({
    domain: text,
    address: text.nullable(),
    region: z.exactOptional(text),
    keyType,
    presents: z.enum(['new', 'old', 'other', 'unknown']),
    leaf: pinText.nullable(),
    failure: text.nullable(),
  }),
);

const decision = z.object({ by: text, at: time, note: text });

const summary = z.object({
  id: text,
  domains: list(text),
  keyTypes: list(keyType),
  pin: pinText.describe('Of the new key.'),
  retires: list(pinText).describe('Of the keys that it replaces.'),
  subject: text.nullable().describe('Of the certificate request.'),
  note: text,
  startedBy: text,
  startedAt: time,
  ended: answer('RotationEnd', decision.extend({ how: z.enum(['finished', 'aborted']) })).nullable(),
});

const rotation = answer(
  'Rotation',
  summary.extend({
    step: step.nullable().describe('The first step that is not done; null: it has ended.'),
    steps: list(answer('RotationStanding', z.object({ step, state: z.enum(stepStates), detail: text }))),
    next: text.nullable().describe('What comes next, and why.'),
    mayDeploy: z.boolean().describe('Whether the certificate may be deployed now.'),
    delivery: z.enum(['configuration', 'release']).describe('How apps get the new pin.'),
    obstacles: list(obstacle).describe('What stands against the current step.'),
    alarms: list(alarm).describe('What is wrong already.'),
    endpoints: list(endpoint).describe('The first 1,000, as the last probes saw them.'),
    arrived: z.int().describe('Endpoints that present the new key.'),
    endpointCount: z.int(),
    probedAt: noTime.describe('The oldest of the last probes; null: one of the domains was not probed yet.'),
    released: answer('RotationDecision', decision).nullable(),
    goAhead: decision.nullable().describe('Who went on although some installs lack the new pin.'),
    certificate: answer(
      'RotationCertificate',
      z.object({ certificateSha256: text, subject: text, issuer: text, notAfter: time, by: text, at: time }),
    ).nullable(),
  }),
);

const plan = answer(
  'RotationPlan',
  z.object({
    domain: text,
    host: text,
    keyType: keyType.describe('Of the new key.'),
    keyTypes: list(keyType).describe('The endpoints that it is about.'),
    retires: list(pinText).describe('Of the keys that it replaces.'),
    shared: list(text).describe('Other domains that present one of these keys.'),
    pinned: z.boolean().describe('The new key is pinned already, as a backup.'),
    presented: z.boolean().describe('Some endpoint presents the new key already.'),
  }),
);

const nextKey = z.strictObject({
  domain: nameOfDomain,
  pin,
  keyType,
});

const rotationParams = accountParams.extend({ rotation: z.string().max(50) });

const checkedCertificate = answer(
  'CheckedRotationCertificate',
  z.object({
    certificate: z.object({
      ...{ pin: pinText, key: text, subject: text, issuer: text, notBefore: time, notAfter: time },
      certificateSha256: text,
    }),
    problems: list(
      answer(
        'RotationCertificateProblem',
        z.object({
          domain: text.nullable(),
          code: z.enum(['wrong_key', ...findingCodes]),
          severity,
          message: text,
        }),
      ),
    ),
    right: z.boolean().describe('Apps would accept it, once they have the new pin.'),
    mayDeploy: z.boolean().describe('It is right, and apps have the new pin.'),
    rotation,
  }),
);

export const rotationRoutes = {
  listRotations: {
    method: 'GET',
    path: '/accounts/:account/rotations',
    may: 'read_account',
    tag: 'rotations',
    summary: 'Rotations in progress, and the last ones that have ended, newest first',
    params: accountParams,
    answers: {
      200: answer('Rotations', z.object({ rotations: list(answer('RotationSummary', summary)) })),
    },
  },
  planRotation: {
    method: 'POST',
    path: '/accounts/:account/rotations/plans',
    may: 'edit_account',
    tag: 'rotations',
    summary: 'What a rotation to a key would be about; starts nothing',
    params: accountParams,
    body: request(
      'RotationPlanRequest',
      z.strictObject({
        domain: nameOfDomain,
        pin: pin.nullable().default(null).describe('Left out: the key is not made yet.'),
        keyType: keyType.nullable().default(null).describe('Left out: as the key that is presented.'),
      }),
    ),
    answers: { 200: plan },
  },
  startRotation: {
    method: 'POST',
    path: '/accounts/:account/rotations',
    may: 'edit_account',
    tag: 'rotations',
    summary: 'Start a rotation, and pin the new key as a backup',
    params: accountParams,
    body: request(
      'NewRotation',
      nextKey.extend({
        with: z
          .array(nameOfDomain)
          .max(mostRotatedDomains - 1)
          .default([])
          .describe('Other domains whose servers get the same key.'),
        subject: printable(0, 300)
          .nullable()
          .default(null)
          .describe('Of the certificate request, for people.'),
        note: note.default(''),
      }),
    ),
    answers: { 201: rotation },
  },
  showRotation: {
    method: 'GET',
    path: '/accounts/:account/rotations/:rotation',
    may: 'read_account',
    tag: 'rotations',
    summary: 'How far a rotation has come, and what comes next',
    params: rotationParams,
    answers: { 200: rotation },
  },
  takeRotationStep: {
    method: 'POST',
    path: '/accounts/:account/rotations/:rotation/steps',
    may: 'edit_account',
    tag: 'rotations',
    summary: 'Take a step of a rotation',
    params: rotationParams,
    body: request(
      'RotationStepRequest',
      z.strictObject({
        step: z
          .enum(['pin', 'publish', 'adopt', 'retire', 'finish'])
          .describe(
            'pin: pin the new key wherever it is missing. publish: an app with the new pin was released; a signed configuration is published as any other. adopt: go on to the deployment. retire: remove the old pin. finish: close it.',
          ),
        note: note.default(''),
        force: z.boolean().default(false).describe('In spite of what stands against it; needs a note.'),
      }),
    ),
    ifMatch: true,
    answers: { 200: rotation },
  },
  checkRotationCertificate: {
    method: 'POST',
    path: '/accounts/:account/rotations/:rotation/certificate',
    may: 'edit_account',
    tag: 'rotations',
    summary: 'Check the certificate that is to be deployed',
    params: rotationParams,
    body: request(
      'RotationCertificateRequest',
      z.strictObject({
        pem: z.string().max(150_000).describe('The certificates as the server will send them, leaf first.'),
      }),
    ),
    answers: { 200: checkedCertificate },
  },
  abortRotation: {
    method: 'DELETE',
    path: '/accounts/:account/rotations/:rotation',
    may: 'edit_account',
    tag: 'rotations',
    summary: 'End a rotation, and undo what can break no app',
    params: rotationParams,
    query: z.strictObject({ note: note.default('') }),
    ifMatch: true,
    answers: {
      200: answer('AbortedRotation', z.object({ rotation, undone: list(text), left: list(text) })),
    },
  },
} satisfies RouteTable;
