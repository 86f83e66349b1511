import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Engine, type Stack } from '../infra/engine/support/engine.ts';
import { whyNoEngine } from '../infra/engine/support/plugins.ts';
import { digest } from '../infra/engine/support/local-stack.ts';
import { stackYaml } from '../infra/engine/support/stack-yaml.ts';
import type { Run } from '../infra/engine/support/run.ts';
import { sshPrivateKey, sshPublicKey } from '../support/pulumi/ssh-keys.ts';
import { unless } from '../support/skip.ts';
import { until } from '../support/until.ts';
import { readExample } from './support/examples.ts';
import { Packed, dependencies, name, version, makeRepository } from './support/packed.ts';

let packed: Packed;
let project: string;
/** The perch command. */
let program: string;

beforeAll(async () => {
  packed = await Packed.make();
  project = await mkdtemp(join(tmpdir(), 'perch-project-'));
  await makeRepository(project, '');
  await packed.place(project);
  program = join(project, 'node_modules', name, 'bin/perch.mjs');
});
afterAll(async () => {
  await packed[Symbol.asyncDispose]();
  await rm(project, { recursive: true, force: true });
});

function perch(...words: readonly string[]) {
  return spawnSync(process.execPath, [program, ...words], { cwd: project, encoding: 'utf8' });
}

test('the package has less than 3 MB: JavaScript with declarations, and the files of the image', () => {
  expect(packed.size).toBeLessThan(3_000_000);
  expect(packed.files).toEqual(
    expect.arrayContaining([
      'bin/perch.mjs',
      'dist/infra/library.js',
      'dist/infra/library.d.ts',
      'dist/infra/hosts/known-host.sh',
      'dist/.dockerignore',
      'dist/package-lock.json',
      'dist/runtime/Dockerfile',
      'dist/runtime/bin/perch.js',
      'dist/runtime/console/page/index.html',
    ]),
  );
  const others = packed.files.filter((file) => /^(?:infra|runtime|test|scripts)\//.test(file));
  expect(others).toEqual([]);
  // Node strips no types below node_modules.
  expect(packed.files.filter((file) => /(?<!\.d)\.ts$/.test(file))).toEqual([]);
});

test('the package depends on what the image installs too, in the same versions', async () => {
  const text = await readFile(join(import.meta.dirname, '../../runtime/package.json'), 'utf8');
  const runtime = JSON.parse(text) as { dependencies: Record<string, string> };
  expect(dependencies).toMatchObject(runtime.dependencies);
});

test('the lockfile of the image has what the runtime needs, and no Pulumi', async () => {
  const file = join(project, 'node_modules', name, 'dist/package-lock.json');
  const { packages } = JSON.parse(await readFile(file, 'utf8')) as {
    packages: Record<string, object>;
  };
  const paths = Object.keys(packages);
  expect(paths).toEqual(
    expect.arrayContaining(['', 'runtime', 'node_modules/@perch/runtime', 'node_modules/ioredis']),
  );
  expect(paths.filter((path) => /pulumi|vitest/.test(path))).toEqual([]);
});

test('the perch command of the package prints its version, its help and completions', () => {
  expect(perch('--version').stdout).toBe(`${version}\n`);
  const { stdout, stderr } = perch('--help');
  expect(stderr).toBe('');
  expect(stdout).toContain('host replace');
  expect(stdout).toContain('feature flags');
  expect(perch('completion', 'bash').stdout).toContain('rollout');
});

test('a proxy of the package starts its workers', async () => {
  const document = join(project, 'release.json');
  await writeFile(document, JSON.stringify({ members: [] }));
  const listen = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--workers', '1'];
  const words = [program, 'proxy', ...listen, '--document', document];
  const proxy = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let log = '';
  proxy.stdout.setEncoding('utf8').on('data', (text: string) => (log += text));
  try {
    await until(() => log.includes('"listening":"127.0.0.1:'), { timeoutMs: 30_000 });
  } finally {
    proxy.kill();
    await once(proxy, 'close');
  }
});

test('Node 20 is told what the package needs', () => {
  const pretend =
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.0' } })";
  const hook = `data:text/javascript,${encodeURIComponent(pretend)}`;
  const words = ['--import', hook, program, 'status'];
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  expect(stderr).toBe('perch: needs Node 22.18 or later, this is 20.19.0; install Node 24\n');
  expect(status).toBe(1);
  const library = ['--input-type=module', '--eval', `import '${name}'`];
  const program20 = spawnSync(process.execPath, ['--import', hook, ...library], {
    cwd: project,
    encoding: 'utf8',
  });
  expect(program20.stderr).toContain('needs Node 22.18 or later, this is 20.19.0');
});

const canaryFile = stackYaml({
  role: 'canary',
  target: 'server',
  service: 'shop',
  prodStack: 'organization/shop/prod',
  image: digest('b'),
  registry: 'registry.perch.internal/shop',
  servers: [
    {
      name: 'web-2',
      address: '198.18.1.12',
      privateAddress: '10.0.0.12',
      user: 'root',
      hostKey: sshPublicKey,
    },
  ],
});

describe('An example of docs/library.md', unless(whyNoEngine()), () => {
  let engine: Engine;
  afterEach(() => engine[Symbol.asyncDispose]());

  /** Brings an example up, with the package below node_modules as everybody has it. */
  async function goUp(example: string): Promise<{ readonly stack: Stack; readonly run: Run }> {
    const { program, stackFile } = await readExample(example);
    engine = await Engine.startOn(async (folder) => {
      await makeRepository(folder, program);
      await packed.place(folder);
    });
    const stack = await engine.stack('prod', stackFile, { sshPrivateKey });
    const secret = ['config', 'set', '--secret', '--stack', 'prod', '--', 'shop:sshPrivateKey'];
    await stack.must([...secret, sshPrivateKey]);
    const run = await stack.up();
    expect(run).toSucceed();
    return { stack, run };
  }

  /** Inputs of the resource with a name, of which type there is one. */
  const inputsOf = ({ operations }: Run, name: string, type: string) =>
    operations.find((made) => made.name === name && made.type.endsWith(`:${type}`))?.inputs ?? {};

  test('gives the members of both tracks the name of a bucket beside servers', async () => {
    const { stack, run } = await goUp('bucket');
    const { uploads, settings, connection } = await stack.outputs();
    expect(inputsOf(run, 'stable-0', 'Container')['envs']).toContain(
      `UPLOADS_BUCKET=${String(uploads)}`,
    );
    expect(settings).toEqual({ role: 'prod', appPort: '3000' });
    expect(connection).toMatchObject({ service: 'shop', target: 'server' });
    expect(inputsOf(run, 'runtime', 'Image')['build']).toMatchObject({
      context: `../node_modules/${name}/dist`,
      dockerfile: `../node_modules/${name}/dist/runtime/Dockerfile`,
    });
    expect(inputsOf(run, 'app', 'Image')['build']).toMatchObject({ context: '..' });
    expect((await stack.up()).operations).toEqual([]);
    const canary = await engine.stack('canary', canaryFile, { sshPrivateKey });
    const joined = await canary.up();
    expect(joined).toSucceed();
    const { envs } = inputsOf(joined, 'canary-0', 'Container');
    expect(envs).toContain(`UPLOADS_BUCKET=${String((await canary.outputs())['uploads'])}`);
    expect(await canary.exported()).toContain('::perch:index:Canary$perch:service:App$');
  });

  test('makes a DNS record and a job with what a prod stack gives', async () => {
    const { stack, run } = await goUp('database');
    const { hosts, website } = await stack.outputs();
    const [address] = Object.values(hosts as Record<string, string>);
    expect(inputsOf(run, 'shop', 'Record')['records']).toEqual([address]);
    expect(website).toBe('https://shop.perch.internal');
    expect(JSON.stringify(inputsOf(run, 'nightly', 'Function')['environment'])).toMatch(
      /"DATABASE_URL":"postgres:.*"LOG_LEVEL":"info"/,
    );
    const state = await stack.exported();
    expect(state).toContain('::perch:index:Prod$perch:service:App$');
    expect(state).not.toContain('postgres://shop:secret');
  });

  test('makes a release of single parts on a machine of any kind', async () => {
    const { run } = await goUp('machines');
    const containers = run.operations.filter(({ type }) => type.endsWith(':Container'));
    expect(containers.map((made) => made.name).toSorted()).toEqual(
      ['monitor', 'proxy', 'proxy-second', 'redis', 'stable-0', 'stable-1'].toSorted(),
    );
  });
});

describe('The repository of an application', unless(whyNoEngine()), () => {
  let engine: Engine;
  afterEach(() => engine[Symbol.asyncDispose]());

  test('goes up as perch init has written it, prod and canary, once it has its key', async () => {
    engine = await Engine.startOn(async (folder) => {
      await mkdir(folder);
      await writeFile(join(folder, 'server.js'), '');
      await writeFile(join(folder, 'package.json'), '{ "name": "shop", "main": "server.js" }\n');
      await packed.place(folder);
      const perch = join(folder, 'node_modules', name, 'bin/perch.mjs');
      // Without a registry, images would have to travel from a real engine.
      const registry = '--registry=registry.perch.internal/shop';
      const words = ['--target=server', '--service=shop', '--host=shop.perch.internal', registry];
      const servers = ['one', 'two'].flatMap((server, index) => [
        `--server=${server}=deploy@198.18.1.${index + 1},10.0.0.${index + 1}`,
        `--host-key=${server} ${sshPublicKey}`,
      ]);
      execFileSync(process.execPath, [perch, 'init', '--yes', ...words, ...servers], {
        cwd: folder,
      });
    });
    const stackOf = async (name: string) => {
      const file = await readFile(join(engine.project, `Pulumi.${name}.yaml`), 'utf8');
      return await engine.stack(name, file, { sshPrivateKey });
    };
    const prod = await stackOf('prod');
    expect(await prod.up()).toSucceed();
    expect(await prod.outputs()).toMatchObject({
      connection: { service: 'shop', target: 'server' },
      hostAddresses: { 'shop.perch.internal': ['198.18.1.1'] },
    });
    const canary = await stackOf('canary');
    const joined = await canary.up();
    expect(joined).toSucceed();
    const made = joined.operations.filter(({ type }) => type.endsWith(':Container'));
    expect(made.map((container) => container.name)).toContain('canary-0');
  });
});
