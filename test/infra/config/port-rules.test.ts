import { expect, test } from 'vitest';
import { configProblems, valid } from '../../support/pulumi/config-problems.ts';

test.each(['httpPort', 'httpsPort', 'redisPort'])(
  '%s among the ports of members is refused, where a member might get it first',
  (key) => {
    for (const port of [20_000, 29_999]) {
      expect(configProblems({ ...valid.server, [key]: port })).toContain(
        `perch:${key} must be outside the ports of members, 20000 to 29999, got ${port}`,
      );
    }
    for (const port of [19_999, 30_000]) {
      expect(configProblems({ ...valid.server, [key]: port })).toEqual([]);
    }
  },
);
