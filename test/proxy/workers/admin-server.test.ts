import { once } from 'node:events';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { spawn } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { AdminServer, type AdminSubject } from '../../../runtime/proxy/workers/admin-server.ts';
import { until } from '../../support/until.ts';

const cleanup: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of cleanup.splice(0).toReversed()) await step();
});

const healthy: AdminSubject = {
  stopping: false,
  workers: [worker('a', 8), worker('b', 7)],
  collect: async () => await Promise.resolve([]),
};

test('/healthz is 200 while the process lives', async () => {
  const { origin } = await admin({ ...healthy, workers: [] });
  expect((await fetch(`${origin}/healthz`)).status).toBe(200);
});

test('/readyz shows the generation that every worker applies', async () => {
  const { origin } = await admin(healthy);
  const response = await fetch(`${origin}/readyz`);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ ready: true, generation: 7, condition: 'fresh' });
});

test('/readyz shows the condition of a worker whose source fails', async () => {
  const trouble = {
    ...worker('b', 8),
    status: { ...worker('b', 8).status, condition: 'absent' },
  };
  const { origin } = await admin({ ...healthy, workers: [worker('a', 8), trouble] as never });
  expect(await (await fetch(`${origin}/readyz`)).json()).toMatchObject({
    ready: true,
    condition: 'absent',
  });
});

test.each([
  {
    why: 'a worker does not serve',
    change: { workers: [worker('a', 8), worker('b', 8, false)] },
  },
  { why: 'there are no workers yet', change: { workers: [] } },
  { why: 'the proxy is stopping', change: { stopping: true } },
])('/readyz is 503 if $why', async ({ change }) => {
  const { origin } = await admin({ ...healthy, ...change });
  expect((await fetch(`${origin}/readyz`)).status).toBe(503);
});

test('/metrics contains the series of all workers', async () => {
  const { origin } = await admin({
    ...healthy,
    collect: async () => await Promise.resolve([[series('a')], [series('b')]]),
  });
  const response = await fetch(`${origin}/metrics`);
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  expect((await response.text()).trim().split('\n')).toEqual([
    '# HELP perch_proxy_requests_total Requests.',
    '# TYPE perch_proxy_requests_total counter',
    'perch_proxy_requests_total{proxy="a"} 1',
    'perch_proxy_requests_total{proxy="b"} 1',
  ]);
});

test.each([
  { method: 'GET', path: '/', status: 404 },
  { method: 'GET', path: '//', status: 404 },
  { method: 'POST', path: '/healthz', status: 405 },
  { method: 'HEAD', path: '/healthz', status: 200 },
  { method: 'GET', path: '/healthz?x=1', status: 200 },
])('the admin server answers $method $path with $status', async ({ method, path, status }) => {
  const { origin } = await admin(healthy);
  expect((await fetch(origin + path, { method })).status).toBe(status);
});

test('the admin server reports that its port is in use', async () => {
  const { origin } = await admin(healthy);
  const port = Number(new URL(origin).port);
  await expect(new AdminServer(healthy).listen({ host: '127.0.0.1', port })).rejects.toThrow(
    expect.objectContaining({
      code: 'port_in_use',
      message: `--admin 127.0.0.1:${port} is in use by another process`,
    }),
  );
});

test('the admin server reports that its address is not of this machine', async () => {
  await expect(
    new AdminServer(healthy).listen({ host: '192.0.2.1', port: 0 }),
  ).rejects.toMatchObject({ code: 'bad_input' });
});

test('the admin server listens on a socket file', async () => {
  const socketFile = join(await folder(), 'admin.sock');
  const { where } = await admin(healthy, { socketFile });
  expect(where).toBe(`unix:${socketFile}`);
  expect(await ask(socketFile, '/healthz')).toBe('ok\n');
});

test('the admin server replaces a socket file that a dead process left', async () => {
  const socketFile = join(await folder(), 'admin.sock');
  await leaveSocketBehind(socketFile);
  await admin(healthy, { socketFile });
  expect(await ask(socketFile, '/healthz')).toBe('ok\n');
});

test('the admin server does not replace a socket file that another process listens on', async () => {
  const socketFile = join(await folder(), 'admin.sock');
  await admin(healthy, { socketFile });
  await expect(new AdminServer(healthy).listen({ socketFile })).rejects.toMatchObject({
    code: 'port_in_use',
  });
  expect(await ask(socketFile, '/healthz')).toBe('ok\n');
});

test('the admin server does not replace a file that is not a socket', async () => {
  const socketFile = join(await folder(), 'precious');
  await writeFile(socketFile, 'precious');
  await expect(new AdminServer(healthy).listen({ socketFile })).rejects.toMatchObject({
    code: 'port_in_use',
  });
  await access(socketFile);
});

test('an admin server with a known Host answers, one with a name of the public DNS does not', async () => {
  const { where } = await admin(healthy);
  const port = where.split(':').at(-1);
  const own = [where, `localhost:${port}`, 'proxy', '[::1]', hostname()];
  for (const host of own) expect([host, await statusFor(where, host)]).toEqual([host, 200]);
  const foreign = ['rebound.example.com', `127.0.0.1.example.com:${port}`, 'localhost.example.'];
  for (const host of foreign) expect([host, await statusFor(where, host)]).toEqual([host, 421]);
});

function series(proxy: string) {
  return {
    name: 'perch_proxy_requests_total',
    help: 'Requests.',
    type: 'counter',
    aggregator: 'sum',
    values: [{ value: 1, labels: { proxy } }],
  };
}

function worker(id: string, generation: number, serves = true) {
  return { serves, status: { id, generation, condition: 'fresh' as const } };
}

async function admin(
  subject: AdminSubject,
  at: Parameters<AdminServer['listen']>[0] = { host: '127.0.0.1', port: 0 },
) {
  const server = new AdminServer(subject);
  const where = await server.listen(at);
  cleanup.push(() => server.close());
  return { where, origin: `http://${where}` };
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'perch-test-'));
  cleanup.push(() => rm(path, { recursive: true }));
  return path;
}

/** Leaves the socket file of a process that was killed while it listened. */
async function leaveSocketBehind(socketFile: string): Promise<void> {
  const program = `require('node:net').createServer().listen(${JSON.stringify(socketFile)})`;
  const child = spawn(process.execPath, ['-e', program], { stdio: 'ignore' });
  await until(
    async () =>
      await access(socketFile).then(
        () => true,
        () => false,
      ),
  );
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  await expect(once(createServer().listen(socketFile), 'listening')).rejects.toThrow('EADDRINUSE');
}

async function statusFor(where: string, host: string): Promise<number | undefined> {
  const asked = request(`http://${where}/readyz`, { agent: false, headers: { host } }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

async function ask(socketPath: string, path: string): Promise<string> {
  const asked = request({ socketPath, path }).end();
  const [response] = await once(asked, 'response');
  return await text(response);
}
