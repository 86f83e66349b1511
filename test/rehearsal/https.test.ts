import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { connect } from 'node:tls';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { whyNoPebble } from '../support/acme/pebble.ts';
import { RehearsalProcess } from '../support/processes/rehearsal-process.ts';
import { freePort } from '../../rehearsal/loopback.ts';
import { unless, whyNoProgram } from '../support/skip.ts';

const whyNotAll =
  process.env['PERCH_ALL_SCENARIOS'] === '1' ? undefined : 'PERCH_ALL_SCENARIOS must be 1';
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
    const ca = await readFile(rootFile);
    expect(await statusOf(url, ca)).toBe(200);
    expect(await protocolOf(url, ca)).toBe('h2');
    const { hostname, port: tlsPort } = new URL(url);
    expect(await redirectOf(Number(port), `${hostname}:${port}`)).toBe(
      `308 https://${hostname}:${tlsPort}/x?y=1`,
    );
    rehearsal.signal('SIGINT');
    expect(await rehearsal.exited).toBe(0);
    expect(await rehearsal.remainingFiles()).toEqual([]);
  },
);

test(
  'with --tls, the services of many-services have a certificate each',
  unless(needs ?? whyNotAll),
  async () => {
    const port = String(await freePort());
    const options = ['--tls', '--quick', '--port', port, '--scenario', 'many-services'];
    await using rehearsal = await RehearsalProcess.start(options);
    const exit = await rehearsal.exited;
    const { output } = rehearsal;
    expect({ exit, output }).toEqual({ exit: 0, output: expect.stringContaining('passed') });
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

/** Protocol that the proxy chooses of those that a browser offers. */
async function protocolOf(url: string, ca: Buffer): Promise<string | false | null> {
  const { hostname, port } = new URL(url);
  const socket = connect({
    host: '127.0.0.1',
    port: Number(port),
    servername: hostname,
    ca,
    ALPNProtocols: ['h2', 'http/1.1'],
  });
  await once(socket, 'secureConnect');
  const { alpnProtocol } = socket;
  socket.destroy();
  return alpnProtocol;
}

/** Status and target of the answer to a request by http. */
async function redirectOf(port: number, host: string): Promise<string> {
  const sent = request({ host: '127.0.0.1', port, path: '/x?y=1', headers: { host } });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  return `${response.statusCode} ${response.headers.location}`;
}

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
