import { fork, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { proxySettings } from '../../../runtime/proxy/settings/settings.ts';
import { tcpMigrationProblem } from '../../../runtime/proxy/workers/tcp-migration.ts';
import { WorkerSupervisor } from '../../../runtime/proxy/workers/worker-supervisor.ts';
import { DocumentFile } from '../../support/document-file.ts';
import { get } from '../../support/http/load.ts';
import { MemberServer } from '../../support/processes/member-server.ts';
import { startProxy, type ProxyProcess } from '../../support/processes/proxy-process.ts';
import { releaseDocument } from '../../support/release-document.ts';
import { unless } from '../../support/skip.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';
import { childrenOf, isRunning } from '../../support/processes/processes.ts';

const worker = join(import.meta.dirname, '../../../runtime/bin/proxy-worker.ts');
const blocker = join(import.meta.dirname, '../../support/processes/block-on-signal.ts');

let member: MemberServer;
let file: DocumentFile;
let proxy: ProxyProcess;

beforeAll(async () => {
  member = await MemberServer.start('stable-1');
  file = await DocumentFile.create(releaseDocument({ members: [member.entry()] }));
  // Shared by all tests: each but the last one leaves it unchanged.
  proxy = await startProxy({ args: ['--document', file.path, '--workers', '2'] });
});
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await member?.[Symbol.asyncDispose]();
  await file?.[Symbol.asyncDispose]();
});

test('the workers are separate proxies on one port', async () => {
  const { workers } = await proxy.ready();
  expect(new Set(workers.map(({ id }) => id)).size).toBe(2);
  await Promise.all(Array.from({ length: 200 }, () => get(proxy.origin)));
  const answered = await proxy.metrics('perch_proxy_requests_total{', '2xx');
  expect(answered).toHaveLength(2);
});

test('a worker that dies is replaced', async () => {
  const before = (await proxy.ready()).workers.map(({ id }) => id);
  const [victim] = childrenOf(proxy.pid);
  if (victim === undefined) throw new Error('no worker');
  process.kill(victim, 'SIGKILL');
  await until(async () => {
    const { ready, workers } = await proxy.ready();
    return ready && workers.some(({ id }) => !before.includes(id));
  });
  expect((await get(proxy.origin)).status).toBe(200);
  expect(childrenOf(proxy.pid)).toHaveLength(2);
  expect(await proxy.metrics('perch_proxy_worker_deaths_total ')).toEqual([
    'perch_proxy_worker_deaths_total 1',
  ]);
});

test('SIGHUP replaces all workers', async () => {
  const before = (await proxy.ready()).workers.map(({ id }) => id);
  proxy.signal('SIGHUP');
  await until(() => proxy.log.some(({ msg }) => msg === 'all workers replaced'));
  const { ready, workers } = await proxy.ready();
  expect(ready).toBe(true);
  expect(workers.filter(({ id }) => before.includes(id))).toEqual([]);
  await until(() => childrenOf(proxy.pid).length === 2);
  expect((await get(proxy.origin)).status).toBe(200);
});

test('the workers stay if their replacements cannot serve', async () => {
  const before = await proxy.ready();
  await file[Symbol.asyncDispose]();
  proxy.signal('SIGHUP');
  await until(() => proxy.log.some(({ msg }) => msg.startsWith('replacement failed')));
  expect((await proxy.ready()).workers.map(({ id }) => id)).toEqual(
    before.workers.map(({ id }) => id),
  );
  expect((await get(proxy.origin)).status).toBe(200);
  file = await DocumentFile.create(releaseDocument({ members: [member.entry()] }));
});

test('a second process on the same port takes over when the first one ends', async () => {
  const options = ['--document', file.path, '--workers', '1'];
  await using first = await startProxy({ args: options });
  await using next = await startProxy({ args: [...options, '--listen', first.listening] });
  const shared = (line: { msg: string }) => line.msg.startsWith('another process listens on');
  expect(next.log.filter(shared)).toHaveLength(1);
  expect(first.log.filter(shared)).toEqual([]);
  expect(await first.stop()).toBe(0);
  const answered = async () => (await next.metrics('perch_proxy_requests_total{', '2xx'))[0];
  expect((await get(next.origin)).status).toBe(200);
  expect(await answered()).toMatch(/ 1$/);
});

const whyNoNetwork =
  spawnSync('unshare', ['--net', '--pid', '--fork', 'ip', 'link']).status === 0
    ? undefined
    : 'root, unshare and ip must be there';

test(
  'a replacement under load loses no request with tcp_migrate_req',
  { timeout: 120_000, ...unless(whyNoNetwork) },
  () => {
    // A separate network, so that the switch affects no other process; its processes end with it.
    const setUp = 'ip link set lo up && echo 1 > /proc/sys/net/ipv4/tcp_migrate_req && exec "$@"';
    const script = join(import.meta.dirname, 'replacements.ts');
    const { stdout, stderr, status } = spawnSync(
      'unshare',
      [
        '--net',
        '--pid',
        '--fork',
        '--kill-child',
        'sh',
        '-c',
        setUp,
        'sh',
        process.execPath,
        script,
        '2',
      ],
      { encoding: 'utf8', timeout: 110_000 },
    );
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    const result = JSON.parse(stdout) as { keepAlive: number; newConnections: number };
    expect(result).toMatchObject({
      failures: [],
      warnings: [],
    });
    expect(Math.min(result.keepAlive, result.newConnections)).toBeGreaterThan(100);
  },
);

test('the proxy warns once if tcp_migrate_req is not on', async () => {
  const problem = await tcpMigrationProblem();
  const warned = proxy.log.filter(({ msg }) => msg.startsWith('net.ipv4.tcp_migrate_req'));
  expect(warned.map(({ msg }) => msg)).toEqual(problem === undefined ? [] : [problem]);
});

test('a worker whose event loop is blocked is killed and replaced; the others continue', async () => {
  await using member = await MemberServer.start('stable-1');
  await using file = await DocumentFile.create(releaseDocument({ members: [member.entry()] }));
  const given = { document: file.path, listen: '127.0.0.1:0', workers: '2', logLevel: 'error' };
  let ids = 0;
  const supervisor = new WorkerSupervisor({
    settings: proxySettings(given, {}),
    fork: () => fork(worker, { serialization: 'json', execArgv: ['--import', blocker] }),
    newId: (slot) => `proxy-${slot}-${(ids += 1)}`,
    logger: silentLogger,
    silenceMs: 1_000,
  });
  try {
    const ports = await supervisor.start();
    const [hung, other] = supervisor.workers;
    if (hung?.pid === undefined || other === undefined) throw new Error('no two workers');
    process.kill(hung.pid, 'SIGUSR2');

    await hung.exited;
    expect(isRunning(hung.pid)).toBe(false);
    await until(() => supervisor.workers.every(({ serves }) => serves));
    expect(supervisor.workers.map(({ id }) => id)).toEqual(['proxy-0-3', other.id]);
    expect((await get(`http://127.0.0.1:${ports?.http}`)).status).toBe(200);
    const [own] = await supervisor.collect();
    expect(own).toMatchObject([
      { name: 'perch_proxy_worker_deaths_total', values: [{ value: 1 }] },
      { name: 'perch_proxy_worker_hangs_total', values: [{ value: 1 }] },
    ]);
  } finally {
    await supervisor.stop();
  }
});

test('the workers of a killed proxy end too', async () => {
  const workers = childrenOf(proxy.pid);
  expect(workers).toHaveLength(2);
  proxy.signal('SIGKILL');
  expect(await until(() => workers.every((pid) => !isRunning(pid)))).toBe(true);
});
