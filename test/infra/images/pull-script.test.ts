import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  baseImagesIn,
  pullInput,
  pullScript,
  type PullLogin,
  type PullScriptArgs,
} from '../../../infra/images/pull-script.ts';
import { busyboxImage, dockerMissing } from '../../support/docker.ts';
import { startFaultyRegistry, type FaultyRegistry } from '../engine/support/faulty-registry.ts';
import { registryLogin, startRegistry, whyNoRegistry } from '../engine/support/registry.ts';
import { unless } from '../../support/skip.ts';

const missing = (await dockerMissing()) ?? whyNoRegistry();
const execute = promisify(execFile);
const docker = async (...args: string[]) => (await execute('docker', args)).stdout.trim();

/** An image that is in the registry and not in the engine, by digest. */
async function pushed(address: string, name: string, config: readonly string[] = []) {
  const tag = `${address}/${name}:1`;
  const container = await docker('create', busyboxImage() ?? '', '/bin/busybox', 'true');
  await docker('commit', '--change', `LABEL pull=${name}-${process.pid}`, container, tag);
  await docker('rm', container);
  await docker(...config, 'push', '--quiet', tag);
  const digest = await docker('inspect', '--format', '{{index .RepoDigests 0}}', tag);
  await docker('rmi', tag);
  return digest;
}

const isHere = async (image: string) => (await docker('images', '--quiet', image)) !== '';

/** Runs the script without waits. */
async function pull(
  image: string,
  logins: readonly PullLogin[] = [],
  options: Partial<PullScriptArgs> = {},
) {
  const given = { image, key: 'redisImage', waitsSeconds: [0, 0, 0] };
  const script = pullScript({ ...given, ...options });
  const child = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'pipe'] });
  child.stdin.end(pullInput(image, logins));
  const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return { ok: status === 0, stderr: stderr.trim(), script };
}

describe('A pull from a real registry', unless(missing), () => {
  const started = new AsyncDisposableStack();
  let registry: FaultyRegistry;
  let closed: FaultyRegistry;

  beforeAll(async () => {
    const real = started.use(await startRegistry());
    registry = started.use(await startFaultyRegistry(real.address));
    const withLogin = started.use(await startRegistry('login'));
    closed = started.use(await startFaultyRegistry(withLogin.address));
  });
  afterAll(() => started.disposeAsync());

  test.each([429, 503])('it is tried again after two answers of %i', async (status) => {
    const image = await pushed(registry.address, `again-${status}`);
    registry.failNext(status, status);
    expect(await pull(image)).toMatchObject({ ok: true, stderr: '' });
    expect(await isHere(image)).toBe(true);
    await docker('rmi', image);
  });

  test('an image that the engine has is not asked for', async () => {
    const image = await pushed(registry.address, 'present');
    await pull(image);
    const asked = registry.manifests.length;
    expect((await pull(image)).ok).toBe(true);
    expect(registry.manifests.length).toBe(asked);
    await docker('rmi', image);
  });

  test('a rate limit that lasts names what helps', async () => {
    const image = await pushed(registry.address, 'limited');
    registry.failNext(...Array.from({ length: 4 }, () => 429));
    const { ok, stderr } = await pull(image);
    expect(ok).toBe(false);
    expect(stderr).toContain(`image ${image} cannot be pulled: `);
    expect(stderr).toContain(
      '; set perch:pullLogins, or name a mirror of the image in perch:redisImage',
    );
  });

  test('an image that is no longer in the registry is named at once', async () => {
    const image = `${registry.address}/shop@sha256:${'a'.repeat(64)}`;
    const before = registry.manifests.length;
    const { ok, stderr } = await pull(image);
    expect(ok).toBe(false);
    expect(stderr).toBe(
      `image ${image} is no longer in the registry: release again, or set perch:redisImage to one that is there`,
    );
    expect(registry.manifests.length - before).toBeLessThanOrEqual(2);
  });

  test('the base image of a build for another architecture is pulled for that one, though the engine has it', async () => {
    const tag = `${registry.address}/base:1`;
    const make = async (architecture: string) => {
      const folder = mkdtempSync(join(tmpdir(), 'perch-base-'));
      const lines = ['FROM scratch', 'COPY Dockerfile /', `LABEL of=${architecture}`];
      writeFileSync(join(folder, 'Dockerfile'), lines.join('\n'));
      const words = ['build', '--platform', `linux/${architecture}`, '--tag', tag, folder];
      await execute('docker', words, { env: { ...process.env, DOCKER_BUILDKIT: '0' } });
      rmSync(folder, { recursive: true });
    };
    await make('arm64');
    await docker('push', '--quiet', tag);
    await docker('rmi', tag);
    await make('amd64');
    const ofEngine = await docker('images', '--quiet', tag);
    expect((await pull(tag)).ok).toBe(true);
    const architecture = () => docker('image', 'inspect', '--format', '{{.Architecture}}', tag);
    expect(await architecture()).toBe('amd64');
    expect(await pull(tag, [], { platform: 'arm64' })).toMatchObject({ ok: true, stderr: '' });
    expect(await architecture()).toBe('arm64');
    await docker('rmi', tag, ofEngine);
  });

  test('it logs in to the registry of the image, also after a failure', async () => {
    const server = closed.address.split('/')[0] ?? '';
    const login = { server, ...registryLogin };
    const config = ['--config', mkdtempSync(join(tmpdir(), 'perch-pull-'))];
    await docker(...config, 'login', '-u', login.username, '-p', login.password, server);
    const image = await pushed(closed.address, 'closed', config);
    const refused = await pull(image);
    expect(refused.ok).toBe(false);
    expect(refused.stderr).toMatch(/cannot be pulled: .*; set perch:pullLogins$/);
    closed.failNext(503);
    const { ok, script } = await pull(image, [{ ...login, server: 'docker.io' }, login]);
    expect(ok).toBe(true);
    expect(script).not.toContain(login.password);
    // The login is gone with the script.
    await docker('rmi', image);
    expect((await pull(image)).ok).toBe(false);
  });
});

test.each([
  ['FROM node:24-slim\nRUN true', ['node:24-slim']],
  ['FROM --platform=linux/amd64 golang:1 AS build\nfrom build\nFROM scratch', ['golang:1']],
  ['ARG BASE=node\nFROM ${BASE} AS base\nFROM python:3 as app\nFROM Base', ['python:3']],
  ['FROM r.io/base@sha256:abc\nFROM r.io/base@sha256:abc\n# FROM no', ['r.io/base@sha256:abc']],
])('the base images of %j are %j', (dockerfile, images) => {
  expect(baseImagesIn(dockerfile)).toEqual(images);
});

test.each([
  ['redis:7', 'of docker.io'],
  ['team/shop:1', 'of docker.io'],
  ['r.io:5000/team/shop@sha256:abc', 'of r.io:5000'],
  ['localhost/shop', ''],
])('the login for %s is "%s"', (image, password) => {
  const servers = ['docker.io', 'r.io:5000'];
  const logins = servers.map((server) => ({ server, username: 'me', password: `of ${server}` }));
  expect(pullInput(image, logins)).toBe(password === '' ? '' : `me\n${password}\n`);
});

test.each([
  ['a pull that may fail', true],
  ['a pull that must succeed', false],
])('%s tells why it failed, and its status is zero: %s', async (_, isOptional) => {
  const { ok, stderr } = await pull('127.0.0.1:1/no/image', [], { isOptional });
  expect(stderr).toContain('image 127.0.0.1:1/no/image cannot be pulled: ');
  expect(ok).toBe(isOptional);
});

test("a quote in an image's name ends no word of the script", () => {
  const script = pullScript({ image: "a'b", key: 'redisImage' });
  expect(script).toContain(String.raw`image='a'\''b'`);
});
