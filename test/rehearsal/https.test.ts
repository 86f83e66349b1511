import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { whyNoPebble } from '../support/acme/pebble.ts';
import { RehearsalProcess } from '../support/processes/rehearsal-process.ts';
import { freePort } from '../support/redis/redis-server.ts';
import { unless, whyNoProgram } from '../support/skip.ts';

const needs = whyNoPebble() ?? whyNoProgram('openssl');

test(
  '--tls serves https with a certificate of an authority on this machine',
  unless(needs),
  async () => {
    const port = String(await freePort());
    const options = ['--tls', '--port', port, '--traffic', '20'];
    await using rehearsal = await RehearsalProcess.start(options);
    await rehearsal.untilPrinted(/clients trust it by/);
    const rootFile = /clients trust it by (\S+)/.exec(rehearsal.output)?.[1] ?? '';
    const url = /https:\/\/rehearsal\.localhost:\d+\//.exec(rehearsal.output)?.[0] ?? '';
    expect(await statusOf(url, await readFile(rootFile))).toBe(200);
    rehearsal.signal('SIGINT');
    expect(await rehearsal.exited).toBe(0);
    expect(await rehearsal.remainingFiles()).toEqual([]);
  },
);

test('--tls without an authority says how to get one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'perch-path-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const which = spawnSync('which', ['which'], { encoding: 'utf8' }).stdout.trim();
  await symlink(which, join(folder, 'which'));
  const env = { PATH: [folder, dirname(process.execPath)].join(':') };
  await using rehearsal = await RehearsalProcess.start(['--tls'], { env });
  expect(await rehearsal.exited).toBe(1);
  expect(rehearsal.output).toMatch(
    /--tls needs pebble.*go install github\.com\/letsencrypt\/pebble/,
  );
});

/** Asks the proxy, whatever the resolver says of the name. */
async function statusOf(url: string, ca: Buffer): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const { hostname, port } = new URL(url);
  const headers = { host: `${hostname}:${port}` };
  get({ host: '127.0.0.1', port, servername: hostname, headers, ca }, (response) => {
    response.resume();
    resolve(response.statusCode);
  }).on('error', reject);
  return await promise;
}
