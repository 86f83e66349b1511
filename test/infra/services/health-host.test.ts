import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { memberHealthCheck } from '../../../infra/services/health.ts';
import { makeProd } from '../../../infra/stacks/prod.ts';
import { composed, type MadeResource } from '../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';
import { unless, whyNoProgram } from '../../support/skip.ts';

const run = promisify(execFile);
const healthHost = 'shop.example';

/** Application that answers 400 to names that it does not know. @returns its port and what it was asked. */
async function framework() {
  const asked: (string | undefined)[] = [];
  const server = createServer(({ headers: { host } }, response) => {
    asked.push(host);
    response.writeHead(host === healthHost ? 200 : 400).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, asked };
}

/** Folder for PATH that has only this program. */
async function pathWith(program: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'perch-path-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await symlink(
    program === 'node' ? process.execPath : await fileOf(program),
    join(folder, program),
  );
  return folder;
}

async function fileOf(program: string): Promise<string> {
  // What is on PATH may be a script that needs others.
  const { stdout } =
    program === 'python3'
      ? await run(program, ['-c', 'import sys; print(sys.executable)'])
      : await run('which', [program]);
  return stdout.trim();
}

test.for(['wget', 'curl', 'node', 'python3'])(
  'the health check of a container sends the wanted Host by %s',
  unless(whyNoProgram('wget', 'curl', 'python3')),
  async (program) => {
    const { port, asked } = await framework();
    const check = { healthCommand: [], healthPath: '/up?deep=1', port };
    const env = { PATH: await pathWith(program) };
    const passes = (host: string | undefined) => {
      const [, script = ''] = memberHealthCheck({ ...check, healthHost: host });
      return run('/bin/sh', ['-c', script], { env }).then(
        () => true,
        () => false,
      );
    };
    expect(await passes(healthHost)).toBe(true);
    expect(await passes(undefined)).toBe(false);
    expect(asked).toEqual([healthHost, `127.0.0.1:${port}`]);
  },
);

const containerOf = (made: readonly MadeResource[], wanted: string) =>
  made.find(({ name, type }) => name === wanted && type.endsWith(':Container'))?.inputs;

test('healthHost is in the checks of members, in the options of proxies and in the route', async () => {
  const hosts = ['shop.perch.internal'];
  const made = await composed(() =>
    makeProd(configFor('server', { healthHost, hosts, tls: 'none' })),
  );
  expect(JSON.stringify(containerOf(made, 'stable-0')?.['healthcheck'])).toContain(
    `Host: ${healthHost}`,
  );
  expect(containerOf(made, 'proxy-web-1')?.['command']).toContain(`--health-host=${healthHost}`);
  const route = made.find(({ name }) => name === 'route');
  expect(JSON.parse(String(route?.inputs['stdin']))).toMatchObject({ healthHost });
});

test('without healthHost nothing of it is in a stack, so that an update changes nothing', async () => {
  const made = await composed(() =>
    makeProd(configFor('server', { hosts: ['shop.perch.internal'], tls: 'none' })),
  );
  expect(JSON.stringify(made)).not.toMatch(/health-?host|Host: /i);
  expect(containerOf(made, 'stable-0')?.['healthcheck']).toMatchObject({
    tests: [
      'CMD-SHELL',
      "wget -q -O /dev/null 'http://127.0.0.1:3000/healthz' || curl -fsS -o /dev/null 'http://127.0.0.1:3000/healthz' || " +
        `node -e "fetch('http://127.0.0.1:3000/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))" || ` +
        `python3 -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:3000/healthz')"`,
    ],
  });
});
