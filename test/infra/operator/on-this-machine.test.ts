import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Stage, startEngine } from './support/stage.ts';

test('on target docker, logs and commands are those of the engine here', async () => {
  const stage = await Stage.start({ hosts: [] });
  onTestFinished(() => stage[Symbol.asyncDispose]());
  const engine = startEngine(join(stage.folder, 'engine'), {});
  engine.programs.add('perch', 'echo "in $CONTAINER: $*"');
  engine.contain(
    { id: 'monitor', part: 'monitor' },
    { id: 'one', part: 'app', track: 'stable', member: 'stable-0' },
  );
  engine.log('one', '2026-05-01T08:00:00.000000001Z hello');
  stage.deployStack('prod', [{ name: 'docker' }]);
  const environment = {
    ENGINE: engine.folder,
    PATH: [engine.programs.folder, stage.programs.folder, process.env['PATH']].join(delimiter),
  };
  const prod = async (...words: string[]) =>
    (await stage.perch(['--stack', 'prod', ...words], { environment })).stdout;
  expect(await prod('status', '--host', 'a b')).toBe('in monitor: status --host a b\n');
  expect(await prod('logs')).toBe('stable-0 | hello\n');
  expect(await prod('exec', 'stable-0', '--', 'echo', 'there')).toBe('there\n');
});

test('logs says which members keep no log that can be read, and fails if none does', async () => {
  const stage = await Stage.start({ hosts: [] });
  onTestFinished(() => stage[Symbol.asyncDispose]());
  const engine = startEngine(join(stage.folder, 'engine'), {});
  engine.contain(
    { id: 'one', part: 'app', track: 'stable', member: 'stable-0' },
    { id: 'two', part: 'app', track: 'canary', member: 'canary-0' },
  );
  const none = 'Error response from daemon: configured logging driver does not support reading';
  engine.log('one', none);
  engine.log('two', `2026-05-01T08:00:00.000000001Z said: ${none}`);
  engine.engineAlso('echo fluentd');
  stage.deployStack('prod', [{ name: 'docker' }]);
  const environment = {
    ENGINE: engine.folder,
    PATH: [engine.programs.folder, stage.programs.folder, process.env['PATH']].join(delimiter),
  };
  const logs = (...words: string[]) =>
    stage.perch(['--stack', 'prod', 'logs', ...words], { environment });
  const remark =
    'perch: stable-0: its log driver, fluentd, keeps no log that can be read back; look where it sends the log\n';
  expect(await logs()).toMatchObject({
    code: 0,
    stdout: `canary-0 | said: ${none}\n`,
    stderr: expect.stringContaining(remark),
  });
  const { code, stdout, stderr } = await logs('--track', 'stable');
  expect({ isFailure: code !== 0, stdout }).toEqual({ isFailure: true, stdout: '' });
  expect(stderr).toContain(remark);
  expect(stderr).toContain(
    'perch: no log could be read back: perch:logDriver sends them elsewhere',
  );
});
