import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Traffic } from '../../../rehearsal/traffic/traffic.ts';
import { unless } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { configureWords } from './support/configure-words.ts';
import { phasesOf, phasesText } from './support/deployment-phases.ts';
import { leftInDocker } from './support/docker.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { realSettings, serverOf } from './support/real-settings.ts';
import { startRegistry, whyNoRegistry } from './support/registry.ts';
import { startSshd } from './support/sshd.ts';
import { stackYaml } from './support/stack-yaml.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins() ?? whyNoRegistry();
const service = 'real-phases';
const memberCount = 3;
const ratePerSecond = 100;
const requests = 5_000;
const root = join(import.meta.dirname, '../../..');

/** Lines that a deployment prints first in each of its phases. */
const phases = {
  preview: /^deploy: previewing/m,
  update: /^Updating/m,
  build: /docker:index:Image app (creating|updating)/,
  built: /docker:index:Image app (created|updated) \(/,
  migrate: /Command before-release creating/,
  migrated: /Command before-release created \(/,
  'first member': /Container stable-0 creating/,
  'first swap': /Command stable-0-active created replacement \(/,
  'last swap': new RegExp(`Command stable-${memberCount - 1}-active created replacement \\(`),
  updated: /^Updating[\s\S]*^\s*Duration: /m,
};

describe('A deployment of a server from a Dockerfile', unless(reason), () => {
  const started = new AsyncDisposableStack();
  /** Folder of a Dockerfile, inside the checkout, as a user's own. */
  const folder = mkdtempSync(join(root, 'test/.perch-'));
  let engine: Engine;
  let stack: Stack;
  let port: number;

  beforeAll(async () => {
    engine = started.use(await Engine.start('real'));
    const registry = started.use(await startRegistry());
    const sshd = started.use(await startSshd());
    const config = {
      ...(await realSettings(service)),
      role: 'prod',
      target: 'server',
      servers: [serverOf(sshd)],
      stableCount: memberCount,
      registry: registry.address,
    };
    port = config.httpPort;
    stack = await engine.stack(service, stackYaml(config), { sshPrivateKey: sshd.privateKey });
    await stack.must(['up', '--yes', '--skip-preview', '--stack', service]);
    const runtimeImage = String((await stack.outputs())['runtimeImage']);
    // A new layer, which is built and pushed.
    const lines = [
      `FROM ${runtimeImage}`,
      'RUN head -c 20000000 /dev/urandom > /tmp/layer',
      'ENTRYPOINT ["sh", "-c", "exec \\"$@\\"", "sh"]',
      'CMD ["perch", "app"]',
    ];
    writeFileSync(join(folder, 'Dockerfile'), lines.join('\n'));
    await stack.configure('buildContext', relative(root, folder));
    await configureWords(stack, 'beforeRelease', ['perch', 'app', 'migrate']);
  });
  afterAll(async () => {
    await stack.destroy();
    await started.disposeAsync();
    rmSync(folder, { recursive: true });
  });

  test(`it builds, pushes, migrates, swaps and watches, and none of ${requests} requests fails`, async ({
    annotate,
  }) => {
    const traffic = new Traffic({ host: '127.0.0.1', port });
    traffic.setRate(ratePerSecond);
    const running = engine.startDeploy(['--stack', service, '--verify', '10']);
    const seen = await phasesOf(running, phases);
    const run = await running.finished;
    await annotate(phasesText(seen));
    await annotate(run.output);
    expect(run).toSucceed();
    expect([...seen.keys()].toSorted()).toEqual([...Object.keys(phases), 'end'].toSorted());
    await until(() => traffic.counts.total >= requests, { timeoutMs: 300_000 });
    await traffic.stop();
    await annotate(`${traffic.counts.total} requests, ${traffic.counts.failed} failed`);
    expect([...traffic.counts.failures]).toEqual([]);
    expect(leftInDocker(service).filter((line) => line.includes('perch.part=hook'))).toEqual([]);
  });
});
