import { once } from 'node:events';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { MetricsEndpoint } from '../../runtime/process/metrics-endpoint.ts';
import { freePort } from '../../rehearsal/loopback.ts';
import { until } from '../support/until.ts';

interface Ask {
  readonly method?: string;
  readonly host?: string;
}

/** An endpoint on a free port that counts its collections, and what it logs. */
async function endpoint(port?: number) {
  const at = port ?? (await freePort());
  const log: { msg: string; reason?: string }[] = [];
  const logger = pino({}, { write: (line: string) => void log.push(JSON.parse(line)) });
  let collections = 0;
  const metrics = async () => {
    collections += 1;
    return { type: 'text/plain', body: `collections ${collections}\n` };
  };
  const address = { host: '127.0.0.1', port: at };
  const made = new MetricsEndpoint({ address, metrics, logger, retryMs: 10 });
  onTestFinished(() => made.close());
  const said = (msg: string) => log.filter((line) => line.msg === msg);
  const untilServed = () =>
    until(() => said('metrics are served').length > 0, { what: 'metrics to be served' });
  return { made, port: at, said, untilServed };
}

async function ask(port: number, path: string, { method = 'GET', host }: Ask = {}) {
  const headers = host === undefined ? {} : { host };
  const sent = request({ host: '127.0.0.1', port, path, method, headers }).end();
  const [response] = await once(sent, 'response');
  let body = '';
  for await (const part of response) body += String(part);
  return `${response.statusCode} ${body}`.trim();
}

test('the endpoint of metrics serves them to GET and HEAD, and nothing else', async () => {
  const { made, port, untilServed } = await endpoint();
  made.start();
  await untilServed();
  expect(await ask(port, '/metrics')).toBe('200 collections 1');
  expect(await ask(port, '/metrics?x=1', { method: 'HEAD' })).toBe('200');
  for (const path of ['/', '/healthz', '/readyz', '/metrics/x']) {
    expect(await ask(port, path)).toMatch(/^404 /);
  }
  expect(await ask(port, '/metrics', { method: 'POST' })).toMatch(/^405 /);
});

test.each([
  ['web-1.shop.internal:9464', 200],
  ['ip-10-42-0-7.eu-central-1.compute.internal', 200],
  ['10.0.0.1:9464', 200],
  ['evil.example', 421],
  ['internal.evil.example', 421],
])('the endpoint of metrics answers %s with %i', async (host, status) => {
  const { made, port, untilServed } = await endpoint();
  made.start();
  await untilServed();
  expect(await ask(port, '/metrics', { host })).toMatch(new RegExp(`^${status} `));
});

test('a successor serves metrics as soon as the port is free, and says once why it could not', async () => {
  const first = await endpoint();
  first.made.start();
  await first.untilServed();
  const second = await endpoint(first.port);
  second.made.start();
  await until(() => second.said('metrics cannot be served yet').length > 0, { what: 'a warning' });
  expect(second.said('metrics cannot be served yet')[0]?.reason).toBe(
    `--metrics 127.0.0.1:${first.port} is in use by another process`,
  );
  expect(await ask(first.port, '/metrics')).toBe('200 collections 1');
  first.made.close();
  await second.untilServed();
  expect(await ask(first.port, '/metrics')).toBe('200 collections 1');
  expect(second.said('metrics cannot be served yet')).toHaveLength(1);
});

test('an endpoint that was closed does not take the port later', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const address = holder.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { made, said } = await endpoint(port);
  made.start();
  await until(() => said('metrics cannot be served yet').length > 0, { what: 'a warning' });
  made.close();
  holder.close();
  await once(holder, 'close');
  await expect(ask(port, '/metrics')).rejects.toThrow('ECONNREFUSED');
});
