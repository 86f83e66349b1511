import { expect, test } from 'vitest';
import { AccessLog } from '../../../runtime/proxy/access/access-log.ts';

test.each([
  [100, [0, 0.5, 0.999], 3],
  [10, [0, 0.099, 0.1, 0.5, 0.999], 2],
  [0.01, [0, 0.0001, 0.5], 1],
])('of %d%% of the requests, the log takes those that chance chooses', (percent, draws, taken) => {
  const left = [...draws];
  const lines: string[] = [];
  const log = new AccessLog({
    settings: { percent, query: false, clients: 'none' },
    writer: { write: (line) => lines.push(line) },
    serviceOf: () => undefined,
    random: () => left.shift() ?? 1,
    now: () => 0,
  });
  const seen = { head: undefined, isValid: false, isHttp2: false, address: '', isTrusted: false };
  for (const _ of draws) log.seen(seen)?.ended();
  expect(lines).toHaveLength(taken);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ time: '1970-01-01T00:00:00.000Z' });
});
