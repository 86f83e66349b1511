import { expect } from 'vitest';
import type { Incident } from '../../runtime/core/alerting/incident.ts';
import { EventLog } from '../../runtime/store/incidents/event-log.ts';
import { IncidentStore } from '../../runtime/store/incidents/incident-store.ts';
import { perch } from '../support/processes/perch.ts';
import { opening } from '../support/judge/incident.ts';
import { test as base } from './fixtures.ts';

const writer = { by: 'test', epoch: 0, channels: [] };

/**
 * - `incidents`: the store, with an open incident of host-disk and one of host-cpu.
 * - `noted`: the texts of the operators' events.
 */
const test = base
  .extend('incidents', async ({ redis }) => {
    const incidents = new IncidentStore(redis, 'shop');
    await incidents.apply(opening('host-disk', 'host-1:/', 2_000), writer);
    await incidents.apply(opening('host-cpu', 'host-2'), writer);
    return incidents;
  })
  .extend('noted', ({ redis }) => async () => {
    const events = await new EventLog(redis, 'shop').last(20);
    return events
      .filter(({ type }) => /acknowledged|silenced$/.test(type))
      .map(({ text, by }) => `${text} (${by})`);
  });

async function resolve(incidents: IncidentStore, incident: Incident): Promise<void> {
  const resolved = { ...incident, revision: incident.revision + 1, resolvedAt: 61_000 };
  await incidents.apply({ transition: 'resolved', incident: resolved }, writer);
}

test('incidents shows open incidents, and with --all resolved ones too, after them', async ({
  redis,
  run,
  json,
}) => {
  const incidents = new IncidentStore(redis, 'shop');
  expect((await run('incidents')).stdout).toBe('no incidents: service shop has no release yet\n');
  const { incident } = opening('host-disk', 'host-1', 2_000);
  await incidents.apply({ transition: 'opened', incident }, writer);
  expect((await run('incidents')).stdout).toContain('disk / of host-1 is 81% full');
  await resolve(incidents, incident);
  expect(await json('incidents')).toEqual([]);
  await incidents.apply(opening('host-cpu', 'host-1', 1_000), writer);
  const { stdout } = await run('incidents', '--all');
  expect(stdout).toContain('resolved after 59 s');
  expect(stdout.indexOf('host-cpu')).toBeLessThan(stdout.indexOf('host-disk'));
  const now = Date.now();
  const next = { ...opening('host-disk', 'host-1', now).incident, revision: 3 };
  await incidents.apply({ transition: 'opened', incident: next }, writer);
  expect(await json('incidents', '--all')).toHaveLength(2);
  await incidents.apply(
    { transition: 'resolved', incident: { ...next, revision: 4, resolvedAt: now } },
    writer,
  );
  const later = { ...opening('host-disk', 'host-1', now + 1).incident, revision: 5 };
  await incidents.apply({ transition: 'opened', incident: later }, writer);
  expect(await json('incidents', '--all')).toMatchObject([
    { id: later.id },
    { id: 'host-cpu|host-1|1000' },
    { id: next.id },
  ]);
});

test('ack acknowledges by id, rule and subject, with the name and the reason', async ({
  incidents: _two,
  json,
  noted,
  run,
}) => {
  const by = ['--by', 'eve', '--reason', 'deleting old images'];
  const { stdout } = await run('incidents', 'ack', 'host-disk', ...by);
  expect(stdout).toBe('host-disk of host-1:/ is acknowledged by eve\n');
  expect(await json('incidents', 'ack', 'host-2', 'host-disk|host-1:/|2000')).toMatchObject([
    { rule: 'host-disk' },
    { rule: 'host-cpu' },
  ]);
  expect((await run('incidents', 'ack', 'host-disk', ...by)).code).toBe(0);
  expect((await run('incidents')).stdout).toContain('open, acknowledged by eve');
  expect(await json('incidents')).toMatchObject([
    { rule: 'host-disk', acknowledgement: { by: 'eve', reason: 'deleting old images' } },
    { rule: 'host-cpu', acknowledgement: { by: expect.stringContaining('@') } },
  ]);
  expect((await noted())[0]).toBe('host-disk of host-1:/ acknowledged: deleting old images (eve)');
});

test('ack changes nothing if one of its incidents is not open, and names all problems', async ({
  incidents,
  noted,
  run,
}) => {
  await resolve(incidents, opening('host-cpu', 'host-2').incident);
  const names = ['hostdisk', 'host-cpu', 'host-1:/', 'nowhere'];
  const { code, stderr } = await run('incidents', 'ack', ...names, '--by', ' ');
  expect({ code, problems: stderr.trimEnd().split('; incident ') }).toEqual({
    code: 2,
    problems: [
      'perch: by must not be empty, got  ',
      'must be the id, rule or subject of an open incident, got hostdisk; did you mean host-disk?',
      'must be the id, rule or subject of an open incident, got host-cpu, which is resolved',
      'must be the id, rule or subject of an open incident, got nowhere',
    ],
  });
  expect(await noted()).toEqual([]);
});

test('ack without an incident is refused', async ({ run }) => {
  const { code, stderr } = await run('incidents', 'ack');
  expect(code).toBe(2);
  expect(stderr).toContain('incident must be given: the id, rule or subject of an open incident');
});

test('a misspelt command of incidents is refused, with the nearest one', async ({ run }) => {
  expect(await run('incidents', 'silnce', 'host-cpu')).toMatchObject({
    code: 2,
    stderr: "perch: unknown command 'silnce'; did you mean silence?\n",
  });
});

test('silence and unsilence a subject of a rule', async ({ incidents: _two, json, noted, run }) => {
  const subject = ['--subject', 'host-2'];
  const given = ['host-cpu', ...subject, '--by', 'eve', '--reason', 'reports'];
  const { stdout } = await run('incidents', 'silence', ...given, '--minutes', '90');
  expect(stdout).toMatch(
    /^host-cpu of host-2 is silenced for 1 h 30 min, until .+Z; open incidents that it covers now: 1$/m,
  );
  const list = (await run('incidents')).stdout;
  expect(list).toMatch(/open, silenced until \S+Z +host-cpu/);
  expect(list).toMatch(/host-cpu +host-2 +\S+Z +eve +reports/);
  expect(await json('incidents')).toMatchObject([
    { rule: 'host-disk', silence: null },
    { rule: 'host-cpu', silence: { by: 'eve', subject: 'host-2' } },
  ]);
  const wrong = await run('incidents', 'unsilence', 'host-cpu');
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toContain('host-cpu is not silenced; silenced are host-cpu of');
  expect(await json('incidents', 'unsilence', 'host-cpu', ...subject)).toMatchObject({ by: 'eve' });
  expect((await run('incidents', 'unsilence', 'host-cpu')).stderr).toContain('nothing is silenced');
  expect((await noted()).map((text) => text.replace(/ \(.*/, ''))).toEqual([
    'host-cpu of host-2 silenced for 1 h 30 min: reports',
    'host-cpu of host-2 not silenced any more',
  ]);
});

test('silence names all problems, and the nearest rule', async ({ noted, run }) => {
  const given = ['hostdisk', '--minutes', '0', '--subject', 'a\tb'];
  const { code, stderr } = await run('incidents', 'silence', ...given);
  expect({ code, problems: stderr.trimEnd().split('; ') }).toEqual({
    code: 2,
    problems: [
      'perch: subject must be one line without control characters, got a\tb',
      'minutes must be a whole number from 1 to 10080, a week, got 0',
      'rule must be a known rule, got hostdisk',
      'did you mean host-disk?',
    ],
  });
  expect((await run('incidents', 'silence')).stderr).toBe(
    'perch: rule must be given; ' +
      'minutes must be given: a whole number from 1 to 10080, a week\n',
  );
  expect(await noted()).toEqual([]);
});

test('silence and unsilence take a subject with blanks, such as the path of a disk', async ({
  redis,
  run,
}) => {
  const subject = 'host-1:/mnt/größe 2';
  await new IncidentStore(redis, 'shop').apply(opening('host-disk', subject), writer);
  const given = ['host-disk', '--subject', subject];
  const { stdout } = await run('incidents', 'silence', ...given, '--minutes', '5');
  expect(stdout).toContain('covers now: 1');
  expect((await run('incidents', 'unsilence', ...given)).code).toBe(0);
});

test('names and reasons hold no control characters, which could steer a terminal', async ({
  incidents: _two,
  noted,
  run,
}) => {
  const note = ['--by', 'eve\u001b[2J', '--reason', 'two\nlines'];
  const { code, stderr } = await run('incidents', 'ack', 'host-disk', ...note);
  expect(code).toBe(2);
  expect(stderr).toContain('by must be one line without control characters');
  expect(stderr).toContain('reason must be one line without control characters');
  expect(await noted()).toEqual([]);
});

test('silence knows the rules of the configuration and of stored incidents', async ({
  environment,
  redis,
  run,
}) => {
  const silence = ['incidents', 'silence', 'low-cpu', '--minutes', '5'];
  expect((await run(...silence)).code).toBe(2);
  const rule = { id: 'low-cpu', metric: 'host.cpu-percent', comparison: 'below', threshold: 1 };
  const config = JSON.stringify({ rules: { custom: [rule] } });
  const configured = await perch(silence, { ...environment, PERCH_MONITOR_CONFIG: config });
  expect(configured).toMatchObject({ code: 0, stderr: '' });
  await new IncidentStore(redis, 'shop').apply(opening('low-cpu', 'host-1'), writer);
  expect((await run(...silence)).stdout).toContain('covers now: 1');
});

test('ack says why Redis refuses it', async ({ incidents: _two, redis, run }) => {
  await redis.config('SET', 'maxmemory', '1');
  const { stderr } = await run('incidents', 'ack', 'host-disk');
  await redis.config('SET', 'maxmemory', '0');
  expect(stderr).toBe(
    'perch: acknowledge incidents: Redis is full (maxmemory) and evicts nothing\n',
  );
});
