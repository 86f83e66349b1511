import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { whyNoSshd } from '../engine/support/sshd.ts';
import { unless } from '../../support/skip.ts';
import { test as base } from './support/operator-test.ts';
import type { Stage, StageHost } from './support/stage.ts';

/** Words of the stand-in for Docker's engine: version, folder and the image that it lacks. */
function healthyEngine(host: StageHost, changes: Readonly<Record<string, string>> = {}): void {
  const { version = '27.3.1', folder = '/', lacks = 'none', liveRestore = 'true' } = changes;
  host.engineAlso(`case $1-$2-$* in
  version-*) echo ${version} ;;
  info-*LiveRestoreEnabled*) echo ${liveRestore} ;;
  info-*) echo ${folder} ;;
  image-inspect-*) [ "$3" != '${lacks}' ] ;;
esac`);
}

/** A stack where nothing is wrong. */
const test = base.extend('healthy', async ({ stage }): Promise<Stage> => {
  for (const host of stage.hosts) {
    healthyEngine(host);
    host.programs.add('df', dfScript(40));
    host.programs.add('node', 'echo 0.2.0');
    host.programs.add('timedatectl', 'echo yes');
  }
  stage.deploy({ image: 'shop@sha256:aa', runtimeImage: 'perch@sha256:bb' });
  return stage;
});

function dfScript(percent: number): string {
  return `echo 'Filesystem 1024-blocks Used Available Capacity Mounted on'
echo '/dev/vda1 1000000 400000 600000 ${percent}% /'`;
}

interface Report {
  readonly checks: readonly {
    readonly name: string;
    readonly findings: readonly Record<string, string>[];
    readonly unchecked: readonly string[];
  }[];
}

async function examine(stage: Stage) {
  const { code, stdout } = await stage.perch(['--stack', 'prod', 'doctor', '--json']);
  const { checks } = JSON.parse(stdout) as Report;
  const wrong = checks.filter(({ findings }) => findings.length > 0).map(({ name }) => name);
  const findings = checks.flatMap((check) => check.findings);
  return { code, checks, wrong, findings };
}

describe('The doctor of a stack', unless(whyNoSshd()), () => {
  test('finds nothing where nothing is wrong, and says what it checked', async ({ healthy }) => {
    const { code, stdout, stderr } = await healthy.perch(['--stack', 'prod', 'doctor']);
    expect(stdout).toContain('ok     host-unreachable: every host answers by ssh');
    expect(stdout).toMatch(/Nothing is wrong\.\n$/);
    expect(stderr).toBe('perch: service shop, stack prod\n');
    expect(code).toBe(0);
  });

  test('finds a host that does not answer, and the faults of the others beside it', async ({
    healthy,
  }) => {
    await healthy.hosts[1]?.sshd[Symbol.asyncDispose]();
    healthy.hosts[0]?.programs.add('df', dfScript(97));
    const { code, findings } = await examine(healthy);
    expect(code).toBe(1);
    expect(findings).toEqual([
      expect.objectContaining({ subject: 'web-2', problem: 'does not answer' }),
      expect.objectContaining({ subject: 'web-1', evidence: '97% used, 585 MiB free' }),
    ]);
  });

  test('finds a clock that is wrong', async ({ healthy }) => {
    healthy.hosts[1]?.programs.add('date', 'exec /bin/date -d "+90 seconds" "$@"');
    const { wrong, findings } = await examine(healthy);
    expect(wrong).toEqual(['clock-wrong']);
    expect(findings[0]).toMatchObject({
      subject: 'web-2',
      problem: 'its clock is wrong',
      evidence: expect.stringMatching(/^(89|90|91) s ahead of this machine$/),
    });
  });

  test('finds a clock that nothing keeps, and a Docker whose restart stops the containers', async ({
    healthy,
  }) => {
    const [first, second] = healthy.hosts;
    first?.programs.add('timedatectl', 'echo no');
    if (second !== undefined) healthyEngine(second, { liveRestore: 'false' });
    const { wrong, findings } = await examine(healthy);
    expect(wrong).toEqual(['clock-unsynchronised', 'live-restore-off']);
    expect(findings).toMatchObject([
      { subject: 'web-1', remedy: expect.stringContaining('timedatectl set-ntp true') },
      { subject: 'web-2', remedy: expect.stringContaining('systemctl reload docker') },
    ]);
  });

  test('finds an old Docker, and an engine that does not answer', async ({ healthy }) => {
    const [first, second] = healthy.hosts;
    if (first !== undefined) healthyEngine(first, { version: '19.03.8' });
    second?.engineAlso('exit 1');
    const { findings } = await examine(healthy);
    expect(findings).toContainEqual(
      expect.objectContaining({ subject: 'web-1', evidence: 'version 19.03.8' }),
    );
    expect(findings).toContainEqual(
      expect.objectContaining({ subject: 'web-2', problem: 'its Docker engine does not answer' }),
    );
  });

  test('finds an image that a host lacks', async ({ healthy }) => {
    const [first] = healthy.hosts;
    if (first !== undefined) healthyEngine(first, { lacks: 'shop@sha256:aa' });
    const { wrong, findings } = await examine(healthy);
    expect(wrong).toEqual(['image-missing']);
    expect(findings[0]).toMatchObject({ subject: 'web-1', evidence: 'no image shop@sha256:aa' });
  });

  test('finds a dead monitor, and asks another one about Redis', async ({ healthy }) => {
    const status = 'Exited (1) 3 minutes ago';
    healthy.hosts[0]?.contain({ id: 'monitor-web-1', part: 'monitor', status });
    const { wrong, checks, findings } = await examine(healthy);
    expect(wrong).toEqual(['monitor-dead']);
    expect(findings[0]).toMatchObject({ subject: 'web-1', evidence: status });
    expect(checks.find(({ name }) => name === 'redis-refuses')?.unchecked).toEqual([]);
  });

  test('finds a Redis that refuses writes because it is full', async ({ healthy, redis }) => {
    await redis.config('SET', 'maxmemory', '1');
    try {
      const { wrong, findings } = await examine(healthy);
      expect(wrong).toEqual(['redis-refuses']);
      expect(findings[0]).toMatchObject({
        problem: 'refuses writes',
        evidence: expect.stringContaining('OOM'),
        remedy: expect.stringContaining('redisMemoryMiB'),
      });
    } finally {
      await redis.config('SET', 'maxmemory', '0');
    }
  });

  test('finds a Redis that is a read-only replica', async ({ healthy, redis }) => {
    await redis.replicaof('127.0.0.1', '1');
    try {
      const { wrong, findings } = await examine(healthy);
      expect(wrong).toEqual(['redis-refuses']);
      expect(findings[0]?.['evidence']).toContain('READONLY');
    } finally {
      await redis.replicaof('NO', 'ONE');
    }
  });

  test('finds hosts at different versions of Perch', async ({ healthy }) => {
    healthy.hosts[1]?.programs.add('node', 'echo 0.1.0');
    const { wrong, findings } = await examine(healthy);
    expect(wrong).toEqual(['versions-differ']);
    expect(findings[0]).toMatchObject({ evidence: '0.1.0 there, 0.2.0 here' });
  });

  test('finds another stack of the service at another version', async ({ healthy }) => {
    const [first, second] = healthy.hosts;
    if (first === undefined || second === undefined) throw new Error('the stage has two hosts');
    second.programs.add('node', 'echo 0.1.0');
    healthy.deployStack('prod', [first]);
    healthy.deployStack('canary', [second]);
    const { wrong, findings } = await examine(healthy);
    expect(wrong).toEqual(['versions-differ']);
    expect(findings[0]).toMatchObject({ subject: 'canary', evidence: '0.1.0 there, 0.2.0 here' });
  });

  test("finds a full disk by the host's own df", unless(whyNoMount()), async ({ healthy }) => {
    const [first] = healthy.hosts;
    const disk = mkdtempSync(join(healthy.folder, 'disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'perch-test', disk]);
    try {
      writeFileSync(join(disk, 'big'), Buffer.alloc(1_000_000));
      first?.programs.remove('df');
      if (first !== undefined) healthyEngine(first, { folder: disk });
      const { findings } = await examine(healthy);
      expect(findings).toContainEqual(
        expect.objectContaining({
          subject: 'web-1',
          problem: `the disk of ${disk} is nearly full`,
          evidence: '96% used, 0 MiB free',
        }),
      );
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

/** Reason why no file system can be mounted here. Undefined: one can. */
function whyNoMount(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'perch-mount-'));
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'perch-test', folder]);
  if (mount.status !== 0) return 'mounting a file system needs root';
  execFileSync('umount', [folder]);
  rmdirSync(folder);
  return undefined;
}
