import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { defaultPorts, metricsPorts } from '../../runtime/contract/ports.ts';
import { RehearsalProcess } from '../support/processes/rehearsal-process.ts';
import { freePort } from '../../rehearsal/loopback.ts';
import { unless, whyNoProgram } from '../support/skip.ts';
import { until } from '../support/until.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

interface Dashboard {
  readonly title: string;
  readonly uid: string;
  readonly schemaVersion: number;
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string }[];
  };
  readonly panels: readonly Panel[];
}

const examples = join(import.meta.dirname, '../../docs/examples');
const read = (name: string) => readFile(join(examples, name), 'utf8');
const dashboard = JSON.parse(await read('grafana-dashboard.json')) as Dashboard;
const shown = dashboard.panels.filter(({ type }) => type !== 'row');
/** Queries about what `npm start` has only with --tls. */
const ofTls = /perch_proxy_tls_/;

const queries = shown.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({
    title,
    query: expr.replaceAll('$service', '.+').replaceAll('$__rate_interval', '5s'),
  })),
);

test('the dashboard has what Grafana needs of one, and no two panels overlap', () => {
  expect(dashboard).toMatchObject({ uid: 'perch', schemaVersion: expect.any(Number) });
  const variables = dashboard.templating.list.map(({ name, type }) => `${name} ${type}`);
  expect(variables).toEqual(['datasource datasource', 'service query']);
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  for (const { datasource, targets = [], description, title } of shown) {
    expect(datasource).toEqual({ type: 'prometheus', uid: '${datasource}' });
    expect({ title, isAsked: targets.length > 0 }).toEqual({ title, isAsked: true });
    expect(description).toMatch(/\.$/);
  }
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(Math.max(...dashboard.panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
});

test('the example for hosts scrapes the ports of metricsPort', async () => {
  const text = await read('prometheus.yml');
  const first = Number(/metricsPort: (\d+)/.exec(text)?.[1]);
  const ports = [...text.matchAll(/:(\d+)[,\]]/g)].map(([, port]) => Number(port) - first);
  expect(new Set(ports)).toEqual(
    new Set([metricsPorts.monitor, metricsPorts.proxy, metricsPorts.secondProxy]),
  );
});

test(
  'every query of the dashboard returns data of a rehearsal on a real Prometheus',
  unless(whyNoProgram('prometheus')),
  async () => {
    const port = String(await freePort());
    await using rehearsal = await RehearsalProcess.start(['--port', port, '--traffic', '40']);
    await rehearsal.untilPrinted(/the canary gets 25%/);
    const { monitor, proxy } = await metricsPortsOf(rehearsal);
    const config = (await read('prometheus.rehearsal.yml'))
      .replace('scrape_interval: 1s', 'scrape_interval: 500ms')
      .replace(`:${defaultPorts.monitorMetrics}`, `:${monitor}`)
      .replace(`:${defaultPorts.proxyAdmin}`, `:${proxy}`);
    const prometheus = await startPrometheus(config);
    await until(
      async () => {
        const empty: string[] = [];
        for (const { title, query } of queries) {
          const count = await prometheus.resultsOf(query);
          if (count === 0 && !ofTls.test(query)) empty.push(title);
        }
        return empty.length === 0;
      },
      { what: 'data of every query', everyMs: 250 },
    );
    rehearsal.signal('SIGINT');
    expect(await rehearsal.exited).toBe(0);
  },
);

/** Ports that the parts of a rehearsal serve metrics on. */
async function metricsPortsOf(rehearsal: RehearsalProcess) {
  const commands = (await rehearsal.processes()).map(({ command }) => command);
  const monitor = commands.flatMap((command) => /--metrics=\S+:(\d+)/.exec(command)?.[1] ?? []);
  const proxy = /metrics\s+http:\/\/127\.0\.0\.1:(\d+)/.exec(rehearsal.output)?.[1];
  return { monitor: monitor[0] ?? '', proxy: proxy ?? '' };
}

/** Starts Prometheus with a configuration, on a free port of loopback. */
async function startPrometheus(config: string) {
  const folder = await mkdtemp(join(tmpdir(), 'perch-prometheus-'));
  await writeFile(join(folder, 'prometheus.yml'), config);
  const origin = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${origin}`,
      '--log.level=warn',
    ],
    { stdio: 'ignore' },
  );
  onTestFinished(async () => {
    const exited = once(child, 'exit');
    child.kill();
    await exited;
    await rm(folder, { recursive: true });
  });
  const isReady = () =>
    fetch(`http://${origin}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(isReady, { what: 'Prometheus to be ready' });
  return {
    /** @returns number of series. @throws Error for a query that Prometheus does not parse. */
    async resultsOf(query: string): Promise<number> {
      const url = `http://${origin}/api/v1/query?query=${encodeURIComponent(query)}`;
      const answer = (await (await fetch(url)).json()) as {
        readonly status: string;
        readonly error?: string;
        readonly data: { readonly result: readonly unknown[] };
      };
      if (answer.status !== 'success') throw new Error(`${query}: ${answer.error}`);
      return answer.data.result.length;
    },
  };
}
