import { expect, test } from 'vitest';
import { withoutAddresses } from '../../../src/adapters/http/addressless.ts';

test.each([
  ['redis: connect ECONNREFUSED 127.0.0.1:6379', 'redis: connect ECONNREFUSED …'],
  ['redis: connect ECONNREFUSED ::1:6379', 'redis: connect ECONNREFUSED …'],
  ['redis: connect ENOENT /run/redis/redis.sock', 'redis: connect ENOENT …'],
  ['redis: getaddrinfo ENOTFOUND redis', 'redis: getaddrinfo ENOTFOUND …'],
  ['redis: getaddrinfo EAI_AGAIN cache.internal.example.com', 'redis: getaddrinfo EAI_AGAIN …'],
  ['redis: 10.1.2.3:6380: the node is away', 'redis: …: the node is away'],
  ['redis: [fd00::12]:6380 does not answer', 'redis: … does not answer'],
  ['redis: fe80::1%eth0 is away', 'redis: …%eth0 is away'],
  ['redis: redis://user:secret@cache.internal:6379/0 is away', 'redis: … is away'],
  ['redis: no answer from cache-1:6379 for 10 s', 'redis: no answer from … for 10 s'],
  ["the probe worker gets no jobs: OOM command not allowed when used memory > 'maxmemory'.", null],
  ['redis: Redis 5.0.7 is too old: BullMQ needs 6.2.0 or later', null],
  ['redis: the Redis at hand is a node of a Redis Cluster: set redis.cluster to true', null],
  ['clock: set back by 30 s (2026-11-27T10:00:04Z)', null],
  ['starting', null],
  ['the sweep worker takes no jobs', null],
])('%s', (reason, shown) => {
  expect(withoutAddresses(reason)).toBe(shown ?? reason);
});
