import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { unless } from '../../support/skip.ts';
import { StandInPrograms } from '../../support/pulumi/stand-in-programs.ts';
import { docker } from './support/docker.ts';
import { Engine, type Stack } from './support/engine.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { realSettings, serverOf } from './support/real-settings.ts';
import { startRegistry, whyNoRegistry, type TestRegistry } from './support/registry.ts';
import { startSshd } from './support/sshd.ts';
import { stackYaml } from './support/stack-yaml.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins() ?? whyNoRegistry();
const root = join(import.meta.dirname, '../../..');
const runtimeImage = `registry.perch.internal/perch@sha256:${'a'.repeat(64)}`;

/** One of the two says that it has an ARM processor. Nothing runs there: only images are built. */
describe('A stack with servers of two architectures', unless(reason), () => {
  const started = new AsyncDisposableStack();
  /** Folder of a Dockerfile without RUN, inside the checkout, as a user's own. */
  const folder = mkdtempSync(join(root, 'test/.perch-'));
  const programs = new StandInPrograms(mkdtempSync(join(tmpdir(), 'perch-arm-')));
  let registry: TestRegistry;
  let stack: Stack;

  beforeAll(async () => {
    const engine = started.use(await Engine.start('real'));
    registry = started.use(await startRegistry());
    programs.add('uname', 'echo aarch64');
    const x86 = started.use(await startSshd());
    const path = `PATH=${programs.folder}:${process.env['PATH'] ?? ''}`;
    const arm = started.use(await startSshd({ like: x86, settings: [`SetEnv ${path}`] }));
    const servers = [
      { ...serverOf(x86), name: 'x86' },
      { ...serverOf(arm), name: 'arm', privateAddress: '127.0.0.1', architecture: 'arm64' },
    ];
    writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n');
    const config = {
      ...(await realSettings('real-arm')),
      role: 'prod',
      target: 'server',
      servers,
      runtimeImage,
      registry: registry.address,
      buildContext: relative(root, folder),
    };
    stack = await engine.stack('arm', stackYaml(config), { sshPrivateKey: x86.privateKey });
  });
  afterAll(async () => {
    for (const tag of ['perch', 'perch-arm64'])
      docker('rmi', `${registry.address}/real-arm:${tag}`);
    await started.disposeAsync();
    rmSync(folder, { recursive: true });
    rmSync(programs.folder, { recursive: true });
  });

  test('an image is built for each of them', async ({ annotate }) => {
    const made = ['perch:service:Image::app', 'Image::app', 'Image::app-arm64'];
    const targets = made.flatMap((resource) => ['--target', `**${resource}`]);
    const { output } = await stack.up(...targets);
    await annotate(output);
    const image = `${registry.address}/real-arm`;
    const architectureOf = (tag: string) =>
      docker('inspect', '--format', '{{.Os}}/{{.Architecture}}', `${image}:${tag}`);
    expect(architectureOf('perch')).toBe('linux/amd64');
    expect(architectureOf('perch-arm64')).toBe('linux/arm64');
  });

  test('a server whose processor is another one is refused before anything is changed', async () => {
    await stack.configure('servers[1].architecture', 'amd64');
    const run = await stack.up();
    expect(run).not.toSucceed();
    expect(run.output).toContain(
      'perch:servers[1], arm, must have the architecture of its processor, aarch64, got amd64: set its architecture to arm64',
    );
  });
});
