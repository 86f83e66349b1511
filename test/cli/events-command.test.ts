import { expect } from 'vitest';
import { reserve, test } from './fixtures.ts';

test('events prints one line of JSON for each event, oldest first', async ({ run }) => {
  await run(...reserve('s1'));
  await run('member', 'activate', '--id', 's1');
  const { stdout } = await run('events', '--json');
  const types = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type);
  expect(types).toEqual(['member-reserved', 'member-activated']);
});
