import { randomUUID } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import { mostEndedRotations, type Rotation } from '../../core/rotation-state.ts';
import type { RotationStore } from '../../flow/rotate/rotation-store.ts';
import { type ReportUnreadable, Unreadable } from '../../flow/unreadable.ts';
import type { UnreadableValue } from '../../flow/unreadable-value.ts';
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

  /** Reports what can't be read. Throws NewerSchema. */
  function read(account: string, id: string, text: string): Rotation | UnreadableValue {
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
    return value;
  }

  /** `unreadable`: ids. They hold nothing up, and go with the next rotation that is added. */
  async function readAll(account: string) {
    const { [revisionField]: revision = null, ...texts } = await redis.hgetall(
      accountKeys(account).rotations,
    );
    const rotations: Rotation[] = [];
    const unreadable: string[] = [];
    for (const [id, text] of Object.entries(texts)) {
      const one = read(account, id, text);
      if ('problem' in one) unreadable.push(id);
      else rotations.push(one);
    }
    return {
      revision,
      unreadable,
      rotations: rotations.sort(latestFirst),
    };
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
    async rotations(account) {
      const { revision, rotations } = await readAll(account);
      return { revision, rotations };
    },

    async rotation(account, id) {
      if (id === revisionField) return null;
      const text = await redis.hget(accountKeys(account).rotations, id);
      if (text === null) return null;
      const value = read(account, id, text);
      if ('problem' in value) throw new Unreadable(value, text);
      return { value, text };
    },

    async addRotation(account, revision, rotation, audit) {
      const { rotations, unreadable } = await readAll(account);
      const ended = rotations.filter((one) => one.ended !== null);
      const gone = [...unreadable, ...ended.slice(mostEndedRotations - 1).map(({ id }) => id)];
      return store(account, [revisionField, revision ?? ''], rotation, audit, gone);
    },

    saveRotation: (account, expected, rotation, audit) =>
      store(account, [rotation.id, expected], rotation, audit, []),
  };
}

/** Of two that started within the same second, the later one is in progress: the other had to end first. */
function latestFirst(one: Rotation, other: Rotation): number {
  if (one.startedAt !== other.startedAt) return one.startedAt < other.startedAt ? 1 : -1;
  return Number(one.ended !== null) - Number(other.ended !== null);
}
