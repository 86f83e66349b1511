import { expect } from 'vitest';
import { EventLog } from '../../runtime/store/incidents/event-log.ts';
import { test } from './fixtures.ts';

const run = ['--hook', 'beforeRelease', '--key', '4f5a', '--host', 'web-1'];
const begin = ['hook', 'begin', '--ttl', '60000', ...run];

test('hook begins once, and an event records how it ended', async ({ json, redis, run: perch }) => {
  expect((await perch(...begin)).stdout).toBe('run\n');
  expect((await perch(...begin.slice(0, -1), 'web-2')).stdout).toBe('busy web-1\n');
  const end = await perch('hook', 'end', '--outcome', 'succeeded', ...run);
  expect(end.stdout).toBe('beforeRelease succeeded on web-1\n');
  expect(await json(...begin)).toEqual({ kind: 'done' });
  const [event] = await new EventLog(redis, 'shop').last(1);
  expect(event).toMatchObject({ type: 'hook-succeeded', text: 'beforeRelease succeeded on web-1' });
});

test('hook names all that is missing or wrong', async ({ run: perch }) => {
  const { code, stderr } = await perch('hook', 'end', '--hook', 'before');
  expect(code).toBe(2);
  for (const problem of [
    'hook must be one of beforeRelease, afterRelease',
    'key must be given',
    'host must be given',
    'outcome must be one of succeeded, failed',
  ]) {
    expect(stderr).toContain(problem);
  }
});
