import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { labels } from '../../../runtime/contract/labels.ts';
import { unless } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { ContainerEvents } from './support/container-events.ts';
import { configureWords } from './support/configure-words.ts';
import { openVariant } from './support/image-variants.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { RealRelease } from './support/real-release.ts';
import { docker } from './support/docker.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins();
const service = 'real-workers';
const steadyMs = 5_000;
const stopSeconds = 3;
const workerLabel = `${labels.worker}=tasks`;

describe('Workers, really', unless(reason), () => {
  let release: RealRelease;
  /** Images with a health check that always fails. */
  let unhealthy: Record<'one' | 'two' | 'three', string>;

  beforeAll(async () => {
    release = await RealRelease.start(service, {
      version: undefined,
      swapJudgeSeconds: 0,
      assetPaths: ['/assets/'],
      workers: { tasks: { command: ['app', 'work', '--task-ms', '300'], stopSeconds: 20 } },
    });
    const built = String((await release.stack.outputs())['image']);
    const variant = (name: string) =>
      openVariant(built, name, ['HEALTHCHECK --interval=1s --retries=1 CMD ["false"]']);
    unhealthy = { one: variant('one'), two: variant('two'), three: variant('three') };
    release.traffic.setRate(50);
  });
  afterAll(() => release?.[Symbol.asyncDispose]());

  const workers = () => release.containers('worker').map(({ id }) => id);

  const tasks = async (): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${release.port}/get?key=tasks`);
    return Number(((await response.json()) as { value?: string }).value ?? 0);
  };

  test('a worker works beside the stable members, and a canary has none', async () => {
    const [worker = '', ...others] = workers();
    expect(others).toEqual([]);
    expect(docker('inspect', '--format', '{{.State.Running}}', worker)).toBe('true');
    const before = await tasks();
    await until(async () => (await tasks()) > before, { what: 'a task to be finished' });
  });

  test('a new worker runs before the old one is told to stop, which finishes its task', async () => {
    const { stack } = release;
    const [old = ''] = workers();
    using seen = new ContainerEvents(workerLabel);
    const command = ['perch', 'app', 'work', '--task-ms=300'];
    await configureWords(stack, 'workers.tasks.command', command);
    await stack.configure('image', unhealthy.one);
    const run = await stack.up();
    expect(run.output).not.toContain('error');
    await until(() => seen.events.some(({ action }) => action === 'die'));
    const { events } = seen;
    const started = events.find(({ action, container }) => action === 'start' && container !== old);
    const killed = events.find(({ action, container }) => action === 'kill' && container === old);
    const ended = events.find(({ action, container }) => action === 'die' && container === old);
    expect((killed?.atMs ?? 0) - (started?.atMs ?? Infinity)).toBeGreaterThanOrEqual(steadyMs);
    expect(ended?.exitCode).toBe('0');
    expect(workers()).toEqual([started?.container]);
  });

  test('the health check of the image is not used, and a refresh and an update change nothing', async () => {
    const { stack } = release;
    const [worker = ''] = workers();
    expect(docker('inspect', '--format', '{{json .State.Health}}', worker)).toBe('null');
    const refreshed = await stack.refresh();
    expect(refreshed.output).not.toMatch(/\d+ (created|updated|deleted|replaced)/);
    const { steps } = await stack.upBySteps();
    expect(steps.filter(({ operation }) => operation !== 'same')).toEqual([]);
    expect(workers()).toEqual([worker]);
  });

  test('if a new worker exits, the update fails with its log, and the old one works on', async () => {
    const { stack } = release;
    const [old = ''] = workers();
    await setCommand('echo "no queue" >&2; exit 7');
    const run = await stack.up();
    expect(run).not.toSucceed();
    expect(run.output).toMatch(/container \S+ exited \d+ times, with code 7/);
    expect(run.output).toContain('no queue');
    expect(docker('inspect', '--format', '{{.State.Running}}', old)).toBe('true');
    const before = await tasks();
    await until(async () => (await tasks()) > before, { what: 'a task to be finished' });
  });

  test('a worker that does not stop is killed after stopSeconds', async () => {
    const { stack } = release;
    await stack.configure('workers.tasks.stopSeconds', String(stopSeconds));
    await setCommand('trap "" TERM; while :; do sleep 1; done');
    expect(await stack.up()).toSucceed();
    const [stubborn = '', ...others] = workers();
    expect(others).toEqual([]);
    using seen = new ContainerEvents(workerLabel);
    await stack.configure('image', unhealthy.two);
    expect(await stack.up()).toSucceed();
    const ofStubborn = () => seen.events.filter(({ container }) => container === stubborn);
    await until(() => ofStubborn().some(({ action }) => action === 'die'));
    const events = ofStubborn();
    const killed = events.find(({ action }) => action === 'kill');
    const ended = events.find(({ action }) => action === 'die');
    expect(ended?.exitCode).toBe('137');
    expect((ended?.atMs ?? 0) - (killed?.atMs ?? 0)).toBeGreaterThanOrEqual(stopSeconds * 1_000);
  });

  test('a canary with another image has workers when asked for, and each version finds its files', async ({
    annotate,
  }) => {
    const { stack, traffic, port } = release;
    await stack.configure('workers.tasks.onCanary', 'true');
    await stack.configure('canaryImage', unhealthy.three);
    const run = await stack.up();
    expect(run.output).not.toContain('error');
    const images = workers().map((id) => docker('inspect', '--format', '{{.Image}}', id));
    expect(images.toSorted()).toEqual([unhealthy.two, unhealthy.three].toSorted());
    const files = new Set<string>();
    await until(
      async () => {
        const page = await (await fetch(`http://127.0.0.1:${port}/`)).text();
        files.add(/\/assets\/about\.\w+\.txt/.exec(page)?.[0] ?? 'no file');
        return files.size === 2;
      },
      { what: 'pages of both versions' },
    );
    const asked = [...files].flatMap((file) => Array.from({ length: 100 }, () => file));
    const statuses = new Set<number>();
    for (const file of asked) statuses.add((await fetch(`http://127.0.0.1:${port}${file}`)).status);
    expect(statuses).toEqual(new Set([200]));
    expect((await fetch(`http://127.0.0.1:${port}/assets/none.txt`)).status).toBe(404);
    await traffic.pause();
    await annotate(`${traffic.counts.total} requests, ${traffic.counts.failed} failed`);
    expect([...traffic.counts.failures]).toEqual([]);
  });

  async function setCommand(script: string): Promise<void> {
    const { stack } = release;
    await stack.must([
      'config',
      'rm',
      '--stack',
      stack.name,
      '--path',
      'perch:workers.tasks.command',
    ]);
    await configureWords(stack, 'workers.tasks.command', ['sh', '-c', script]);
  }
});
