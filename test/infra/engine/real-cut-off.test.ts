import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { labels } from '../../../runtime/contract/labels.ts';
import { until } from '../../support/until.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { RealRelease } from './support/real-release.ts';
import { unless } from '../../support/skip.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins();
const memberCount = 3;
const execFileAsync = promisify(execFile);

describe('Interrupted updates', unless(reason), () => {
  let release: RealRelease;

  beforeAll(async () => {
    release = await RealRelease.start('real-cut-off');
  });
  afterAll(() => release[Symbol.asyncDispose]());

  /** Number of the members that have a container. Asks in the background, so that the traffic goes on. */
  async function housed(members: readonly string[]): Promise<number> {
    const args = ['ps', '--all', '--format', `{{.Label "${labels.member}"}}`];
    const filter = `label=${labels.service}=${release.service}`;
    const { stdout } = await execFileAsync('docker', [...args, '--filter', filter]);
    const found = new Set(stdout.split('\n'));
    return members.filter((id) => found.has(id)).length;
  }

  test.for([
    {
      moment: 'a member is reserved',
      version: 'v2',
      reached: async () => (await release.members('v2', 'reserved')).length > 0,
    },
    {
      moment: 'a container is made',
      version: 'v3',
      reached: async () => (await housed(await release.members('v3', 'reserved'))) > 0,
    },
    {
      moment: 'a member is active',
      version: 'v4',
      reached: async () => (await release.members('v4', 'active')).length > 0,
    },
    {
      moment: 'an old container is gone',
      version: 'v5',
      reached: async () => {
        const old = await release.members('v4', 'draining');
        return (await housed(old)) < old.length;
      },
    },
  ])(
    'after npx perch recover, the next update finishes one that was cut off when $moment, and no request fails',
    async ({ version, reached }, { annotate }) => {
      const { stack, engine, traffic } = release;
      const before = traffic.counts.total;
      traffic.setRate(50);
      await stack.configure('version', version);
      const update = stack.startUp();
      await until(reached, { timeoutMs: 120_000, everyMs: 5 });
      await update.cutOff();
      const recovery = await engine.recover(stack.name);
      expect(recovery.output).toContain('is ready for the next update');
      const run = await stack.up();
      await traffic.pause();
      await annotate(`${traffic.counts.total - before} requests; ${recovery.output}`);
      expect(run.output).not.toMatch(/error|pending operation/);
      expect([...traffic.counts.failures]).toEqual([]);
      const active = await release.members(version, 'active');
      expect(active).toHaveLength(memberCount);
      expect((await release.document())?.members).toHaveLength(memberCount);
      expect(release.housedMembers()).toEqual(active);
    },
  );
});
