import { rfc3339 } from '../../../core/clock.ts';
import { adviceFor } from '../../../core/rotation-advice.ts';
import type { Rotation } from '../../../core/rotation-state.ts';
import { unknownAccount } from '../../../flow/admin/outcome.ts';
import { abortRotation } from '../../../flow/rotate/abort-rotation.ts';
import { checkCertificate } from '../../../flow/rotate/check-certificate.ts';
import { previewRotation } from '../../../flow/rotate/plan-rotation.ts';
import { type ShownRotation, showRotation } from '../../../flow/rotate/show-rotation.ts';
import { startRotation } from '../../../flow/rotate/start-rotation.ts';
import { takeStep } from '../../../flow/rotate/take-step.ts';
import type { rotationRoutes } from '../../../wire/rotations.ts';
import type { AdminPorts, ApiOptions } from '../api-options.ts';
import type { BodyOf, Handlers } from '../handler.ts';
import { probeLimit } from '../request-limits.ts';

type Routes = typeof rotationRoutes;

/** Before a pin is removed, every endpoint is probed several times. */
const stepTimeoutMs = 300_000;
const mostShown = 1_000;

export function rotationHandlers(
  ports: AdminPorts,
  options: Pick<ApiOptions, 'probesPerMinute'>,
): Handlers<Routes> {
  const { rotationStore, adminStore } = ports;
  return {
    listRotations: {
      answer: async ({ params: { account } }) => {
        if ((await adminStore.account(account)) === null) return unknownAccount(account);
        const { rotations } = await rotationStore.rotations(account);
        return { body: { rotations: rotations.map(summaryView) } };
      },
    },
    planRotation: {
      answer: async ({ params: { account }, body }) => {
        const outcome = await previewRotation(account, body, ports);
        if (!outcome.ok) return outcome;
        const { name: domain, host, keyType, keyTypes, retires, ...more } = outcome.value;
        const { shared, pinned, presented } = more;
        return { body: { domain, host, keyType, keyTypes, retires, shared, pinned, presented } };
      },
    },
    startRotation: {
      answer: async ({ params: { account }, body, actor }) => {
        const outcome = await startRotation(account, body, actor, ports);
        return outcome.ok ? { body: rotationView(outcome.value), tag: outcome.value } : outcome;
      },
    },
    showRotation: {
      answer: async ({ params: { account, rotation } }) => {
        const outcome = await showRotation(account, rotation, ports);
        return outcome.ok ? { body: rotationView(outcome.value), tag: outcome.value } : outcome;
      },
    },
    takeRotationStep: {
      config: { ...probeLimit(options), turn: 'look' },
      stored: ({ params: { account, rotation } }) => rotationStore.rotation(account, rotation),
      answer: async ({ params: { account, rotation }, body, expected, actor }) => {
        const signal = AbortSignal.timeout(stepTimeoutMs);
        const outcome = await takeStep(account, rotation, body, expected, actor, ports, signal);
        return outcome.ok ? { body: rotationView(outcome.value), tag: outcome.value } : outcome;
      },
    },
    checkRotationCertificate: {
      answer: async ({ params: { account, rotation }, body: { pem }, actor }) => {
        const outcome = await checkCertificate(account, rotation, pem, actor, ports);
        if (!outcome.ok) return outcome;
        const { leaf, problems, shown } = outcome.value;
        const { pin, key, subject, issuer, certificateSha256 } = leaf;
        const [notBefore, notAfter] = [rfc3339(leaf.notBefore), rfc3339(leaf.notAfter)];
        const right = problems.every(({ severity }) => severity !== 'critical');
        return {
          body: {
            certificate: { pin, key, subject, issuer, notBefore, notAfter, certificateSha256 },
            ...{ problems, right, mayDeploy: right && shown.standing.mayDeploy },
            rotation: rotationView(shown),
          },
          tag: shown,
        };
      },
    },
    abortRotation: {
      config: { ...probeLimit(options), turn: 'look' },
      stored: ({ params: { account, rotation } }) => rotationStore.rotation(account, rotation),
      answer: async ({ params: { account, rotation }, query: { note }, expected, actor }) => {
        const signal = AbortSignal.timeout(stepTimeoutMs);
        const outcome = await abortRotation(account, rotation, note, expected, actor, ports, signal);
        if (!outcome.ok) return outcome;
        const { shown, undone, left } = outcome.value;
        return { body: { rotation: rotationView(shown), undone, left }, tag: shown };
      },
    },
  };
}

function summaryView(rotation: Rotation) {
  const { id, domains, keyTypes, pin, retires, subject, note, startedBy, startedAt, ended } = rotation;
  return { id, domains, keyTypes, pin, retires, subject, note, startedBy, startedAt, ended };
}

function rotationView({ value, facts, standing }: ShownRotation): BodyOf<Routes['showRotation']> {
  const { step, steps, mayDeploy, obstacles, alarms, endpoints } = standing;
  const probed = facts.domains.map(({ probedAt }) => probedAt);
  const oldest = probed.length === 0 ? 0 : Math.min(...probed);
  return {
    ...summaryView(value),
    ...{ step, steps, next: adviceFor(standing, facts), mayDeploy, obstacles, alarms },
    delivery: facts.delivered.length > 0 ? 'configuration' : 'release',
    endpoints: endpoints.slice(0, mostShown).map(({ pinned: _, ...endpoint }) => endpoint),
    arrived: endpoints.filter(({ presents }) => presents === 'new').length,
    endpointCount: endpoints.length,
    probedAt: oldest === 0 ? null : rfc3339(oldest),
    ...{ released: value.released, goAhead: value.goAhead, certificate: value.certificate },
  };
}
