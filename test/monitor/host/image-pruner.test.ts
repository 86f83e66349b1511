import { execFileSync } from 'node:child_process';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { labels } from '../../../runtime/contract/labels.ts';
import {
  ImagePruner,
  type ImagePrunerOptions,
} from '../../../runtime/monitor/host/image-pruner.ts';
import { DockerEngine } from '../../../runtime/monitor/host/engine/docker-engine.ts';
import type {
  ListedContainer,
  ListedImage,
} from '../../../runtime/monitor/host/engine/engine-schemas.ts';
import { ImageHistoryStore } from '../../../runtime/store/host/image-history-store.ts';
import { EventLog } from '../../../runtime/store/incidents/event-log.ts';
import {
  startRegistry,
  whyNoRegistry,
  type TestRegistry,
} from '../../infra/engine/support/registry.ts';
import { busyboxImage, dockerMissing, dockerSocket } from '../../support/docker.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { clientOf } from '../../support/redis/redis-client.ts';
import { test } from '../../support/fixtures.ts';
import { unless } from '../../support/skip.ts';

const hour = 3_600_000;
const service = `prune-${process.pid}`;

const docker = (...args: string[]) =>
  execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

const missing = (await dockerMissing()) ?? whyNoRegistry();

function prunerOf(redis: Redis, options: Partial<ImagePrunerOptions>): ImagePruner {
  return new ImagePruner({
    docker: new DockerEngine(dockerSocket),
    host: 'host-1',
    hostRoot: '/',
    store: new ImageHistoryStore(redis, service, 'host-1'),
    events: new EventLog(redis, service),
    by: 'monitor test',
    diskUse: () => Promise.resolve({ usedPercent: 0, availableBytes: 0 }),
    now: Date.now,
    logger: silentLogger,
    ...options,
  });
}

describe('with Docker and a registry', unless(missing), () => {
  let registry: TestRegistry;
  /** Image of each release, by digest. */
  let releases: string[];
  let nowMs = Date.now();

  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
  });

  /** Pushes an image of its own, and returns its digest. The engine does not keep the image. */
  function pushed(release: number): string {
    const container = docker('create', busyboxImage() ?? '', '/bin/busybox', 'true');
    const tag = `${registry.address}/shop:${release}`;
    docker('commit', '--change', `LABEL release=${service}-${release}`, container, tag);
    docker('rm', container);
    docker('push', '--quiet', tag);
    const digest = docker('inspect', '--format', '{{index .RepoDigests 0}}', tag);
    docker('rmi', tag);
    return digest;
  }

  /** Runs a release as a stable member, in place of the one before it. */
  function release(image: string): void {
    docker('pull', '--quiet', image);
    stop();
    const marks = [`${labels.service}=${service}`, `${labels.track}=stable`];
    const options = marks.flatMap((label) => ['--label', label]);
    docker('run', '-d', '--network=none', ...options, image, '/bin/busybox', 'sleep', '600');
  }

  function stop(): void {
    const ids = docker('ps', '-aq', '--filter', `label=${labels.service}=${service}`);
    if (ids !== '') docker('rm', '-f', ...ids.split('\n'));
  }

  const present = () =>
    releases.map((image) => docker('images', '-q', image)).filter((id) => id !== '').length;

  /** The engine, but with this test's images and containers only: other tests share the engine. */
  class OwnEngine extends DockerEngine {
    override pruneBuildCache(): Promise<number> {
      return Promise.resolve(0);
    }

    override async listContainers(): Promise<ListedContainer[]> {
      return (await super.listContainers()).filter(({ Image }) => isOwn(Image));
    }

    override async listImages(): Promise<ListedImage[]> {
      return (await super.listImages()).filter(({ RepoDigests }) => isOwn(RepoDigests?.[0]));
    }
  }

  function isOwn(name: string | undefined): boolean {
    return name?.startsWith(registry.address) === true;
  }

  test('a monitor and its successor keep the last release beside the one that serves', async ({
    redis,
    onTestFinished,
  }) => {
    onTestFinished(() => {
      stop();
      for (const image of releases.filter((name) => docker('images', '-q', name) !== '')) {
        docker('rmi', image);
      }
    });
    const pruner = (usedPercent: number) => {
      const diskUse = () => Promise.resolve({ usedPercent, availableBytes: 0 });
      return prunerOf(redis, { docker: new OwnEngine(dockerSocket), diskUse, now: () => nowMs });
    };
    releases = [1, 2, 3, 4, 5].map(pushed);
    for (const image of releases) {
      release(image);
      // Each release has another monitor.
      await pruner(20).prune();
      nowMs += hour;
    }
    expect(present()).toBe(5);

    // One at each look, until the three that always stay there are left.
    for (const left of [4, 3, 3]) {
      await pruner(60).prune();
      expect(present()).toBe(left);
    }

    // A disk may be full because of Redis, which then refuses writes.
    await redis.config('SET', 'maxmemory', '1');
    await pruner(85).prune();
    await redis.config('SET', 'maxmemory', '0');
    expect(present()).toBe(2);
    const [event, ...others] = await new EventLog(redis, service).last(10);
    expect(others).toHaveLength(1);
    expect(event?.type).toBe('images-removed');
    expect(event?.text).toContain('removed an unused image from host-1, which freed 0 MB: ');
    expect(event?.text).toContain(releases[0]?.slice(0, -52));
    expect(event?.text).toContain('(not used for 5 hours, and the disk is at 60%)');

    // What stays is the release that serves and the one before it.
    expect(docker('images', '-q', releases[3] ?? '')).not.toBe('');
    expect(docker('images', '-q', releases[4] ?? '')).not.toBe('');
    // What went comes back by a pull.
    docker('pull', '--quiet', releases[0] ?? '');
    expect(present()).toBe(3);
  });
});

test('a monitor that cannot read its history lists and removes nothing', async ({ server }) => {
  using redis = await clientOf(server);
  await server.stop();
  const asked: string[] = [];
  class AskedEngine extends DockerEngine {
    override listImages(): Promise<ListedImage[]> {
      asked.push('images');
      return Promise.resolve([]);
    }
  }
  const engine = new AskedEngine('/nowhere/docker.sock');
  await prunerOf(redis, { docker: engine }).prune();
  expect(asked).toEqual([]);
});

test('build cache goes from a disk at 60%, longer unused than from one at 85%, at most each ten minutes', async ({
  redis,
}) => {
  const asked: number[] = [];
  let usedPercent = 59;
  let nowMs = Date.now();
  class EngineWithCache extends DockerEngine {
    override folder(): Promise<string> {
      return Promise.resolve('/');
    }

    override pruneBuildCache(unusedMs: number): Promise<number> {
      asked.push(unusedMs);
      return Promise.resolve(2_000_000);
    }
  }
  const pruner = prunerOf(redis, {
    docker: new EngineWithCache('/nowhere/docker.sock'),
    diskUse: () => Promise.resolve({ usedPercent, availableBytes: 0 }),
    now: () => nowMs,
  });
  await pruner.prune();
  expect(asked).toEqual([]);
  usedPercent = 72.4;
  await pruner.prune();
  await pruner.prune();
  expect(asked).toEqual([24 * hour]);
  usedPercent = 85;
  nowMs += hour / 6;
  await pruner.prune();
  expect(asked).toEqual([24 * hour, hour]);
  const events = await new EventLog(redis, service).last(10);
  expect(events.map(({ type }) => type)).toEqual(['build-cache-removed', 'build-cache-removed']);
  expect(events.map(({ text }) => text)).toContainEqual(
    'removed unused build cache from host-1, which freed 2 MB: the disk was at 72%',
  );
});

test('a real engine takes the age of build cache', unless(await dockerMissing()), async () => {
  const century = 100 * 365 * 24 * hour;
  expect(await new DockerEngine(dockerSocket).pruneBuildCache(century)).toBe(0);
});
