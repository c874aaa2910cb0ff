import { randomUUID } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import { mostEndedRotations, type Rotation } from '../../core/rotation-state.ts';
import type { RotationStore } from '../../flow/rotate/rotation-store.ts';
import { type ReportUnreadable, Unreadable } from '../../flow/unreadable.ts';
import { auditLimit } from './audit-limit.ts';
import { attempt, parseObject } from './json-object.ts';
import { accountKeys } from './keys.ts';
import { defineScript } from './script.ts';

/** The field beside the rotations, whose ids have no such character. */
const revisionField = '#';

/**
 * KEYS: account, rotations, audit
 * ARGV: the field that is compared, what it has to be ('' for nothing), id, rotation, next revision, audit entry, audit
 *       limit, then the ids that go
 */
const saveScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if (redis.call('HGET', KEYS[2], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4], '${revisionField}', ARGV[5])
for i = 8, #ARGV do redis.call('HDEL', KEYS[2], ARGV[i]) end
redis.call('LPUSH', KEYS[3], ARGV[6])
redis.call('LTRIM', KEYS[3], 0, tonumber(ARGV[7]) - 1)
return 1
`;

export function createRotationStore(
  redis: Redis | Cluster,
  report: ReportUnreadable = () => {},
): RotationStore {
  const save = defineScript(redis, 'pinwatchSaveRotation', saveScript);

  function read(account: string, id: string, text: string): Rotation {
    const found = attempt(() => {
      const value = parseObject(text) as unknown as Rotation;
      if (typeof value.pin === 'string' && Array.isArray(value.domains)) return value;
      throw new TypeError('expected a rotation with a pin and domains, found another value');
    });
    if (found.ok) return found.value;
    const value = {
      key: accountKeys(account).rotations,
      field: id,
      account,
      domain: null,
      problem: found.problem,
    };
    report(value);
    throw new Unreadable(value, text);
  }

  async function rotations(account: string) {
    const { [revisionField]: revision = null, ...texts } = await redis.hgetall(
      accountKeys(account).rotations,
    );
    const all = Object.entries(texts).map(([id, text]) => read(account, id, text));
    return { revision, rotations: all.sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1)) };
  }

  async function store(
    account: string,
    [field, expected]: readonly [string, string],
    rotation: Rotation,
    audit: object,
    gone: readonly string[],
  ) {
    const keys = accountKeys(account);
    const text = JSON.stringify(rotation);
    const saved = await save(
      [keys.account, keys.rotations, keys.audit],
      [field, expected, rotation.id, text, randomUUID(), JSON.stringify(audit), auditLimit, ...gone],
    );
    return saved === 1 ? { value: rotation, text } : ('conflict' as const);
  }

  return {
    rotations,

    async rotation(account, id) {
      if (id === revisionField) return null;
      const text = await redis.hget(accountKeys(account).rotations, id);
      return text === null ? null : { value: read(account, id, text), text };
    },

    async addRotation(account, revision, rotation, audit) {
      const ended = (await rotations(account)).rotations.filter((one) => one.ended !== null);
      const gone = ended.slice(mostEndedRotations - 1).map(({ id }) => id);
      return store(account, [revisionField, revision ?? ''], rotation, audit, gone);
    },

    saveRotation: (account, expected, rotation, audit) =>
      store(account, [rotation.id, expected], rotation, audit, []),
  };
}
