import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { FlagStore } from '../../../runtime/store/flags/flag-store.ts';
import { EventLog } from '../../../runtime/store/incidents/event-log.ts';
import { whyNoSshd } from '../engine/support/sshd.ts';
import { unless } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { test } from './support/operator-test.ts';
import { Stage } from './support/stage.ts';

const flag = {
  state: 'ENABLED',
  variants: { on: true, off: false },
  defaultVariant: 'off',
} as const;

const words = ['--stack', 'prod', 'console'];

/** Starts `perch --stack prod console` and waits for the URL that it prints. */
async function started(
  stage: Stage,
  further: readonly string[],
  environment: Record<string, string> = {},
) {
  const child = stage.start([...words, ...further], environment);
  const closed = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await until(() => stdout.endsWith('/\n') || child.exitCode !== null, {
    what: 'the URL of the console',
  });
  expect(stderr.replace(/^perch: .*$/gm, '').trim()).toBe('');
  return {
    url: stdout.trim(),
    child,
    stderr: () => stderr,
    ended: async () => (await closed)[0] as unknown,
  };
}

describe('The console of a stack', unless(whyNoSshd()), () => {
  test('is opened in a browser here, changes things by the name of the operator, and ends with Ctrl-C', async ({
    stage,
    redis,
  }) => {
    await new FlagStore(redis, 'shop', { by: 'test' }).set('sale', flag);
    const opened = join(stage.folder, 'opened');
    stage.programs.add('xdg-open', `echo "$1" > '${opened}.new'; mv '${opened}.new' '${opened}'`);
    const { url, child, ended, stderr } = await started(stage, [], {
      DISPLAY: ':0',
      PERCH_OPERATOR: 'grace@laptop',
    });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    await until(() => existsSync(opened));
    expect(readFileSync(opened, 'utf8').trim()).toBe(url);

    const toggled = await fetch(new URL('/flags/sale/toggle', url), { method: 'POST' });
    expect(toggled.status).toBe(200);
    const [event] = await new EventLog(redis, 'shop').last(1);
    expect(event).toMatchObject({ type: 'flag-toggled', by: 'grace@laptop' });

    child.kill('SIGINT');
    expect(await ended()).toBe(0);
    expect(stderr()).toContain('console of service shop; end with Ctrl-C');
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  test('only shows with --read-only', async ({ stage }) => {
    const { url } = await started(stage, ['--read-only', '--no-open']);
    const toggled = await fetch(new URL('/flags/sale/toggle', url), { method: 'POST' });
    expect(toggled.status).toBe(403);
  });

  test('says when it has ended before Ctrl-C, as with its host', async ({ stage }) => {
    await using server = createServer((_request, response) => void response.end()).listen(0);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const gone = join(stage.folder, 'gone');
    stage.hosts[0]?.programs.add(
      'perch',
      `echo '{"origin":"http://127.0.0.1:${port}"}'; until [ -e '${gone}' ]; do sleep 0.1; done`,
    );
    const { ended, stderr } = await started(stage, ['--no-open']);
    writeFileSync(gone, '');
    expect(await ended()).toBe(1);
    expect(stderr()).toMatch(/perch: the console on .* ended, or the connection to it was lost\n$/);
  });

  test('says why it cannot run or be reached', async ({ stage, sharedServer }) => {
    for (const host of stage.hosts) host.contain();
    expect(await stage.perch(words)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no healthy monitor of service shop on this host'),
    });
    await using closed = await Stage.start({
      hosts: ['web-1'],
      monitorEnvironment: { PERCH_REDIS_URL: sharedServer.url, PERCH_SERVICE: 'shop' },
      sshd: ['AllowTcpForwarding no'],
    });
    closed.hosts[0]?.contain({ id: 'monitor', part: 'monitor' });
    expect(await closed.perch([...words, '--no-open'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('whose sshd must allow AllowTcpForwarding'),
    });
    closed.hosts[0]?.programs.add('perch', 'echo "error: unknown command" >&2; exit 2');
    expect(await closed.perch(words)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the console did not start: error: unknown command'),
    });
  });

  test('refuses arguments that it does not have, and has a help of its own', async ({ stage }) => {
    const { code, stderr } = await stage.perch([...words, '--listen', '1']);
    expect(stderr).toContain('console has no argument --listen and 1\n\nUsage: ');
    expect(code).toBe(2);
    expect((await stage.perch([...words, '--help'])).stdout).toContain('--no-open');
    expect((await stage.perch(['console', '--help'])).stdout).toContain('--allowed-host');
    expect((await stage.perch(['console'])).stderr).toContain('PERCH_REDIS_URL must be set');
  });
});
