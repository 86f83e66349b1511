import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lameDuck } from '../../../runtime/contract/lame-duck.ts';
import { tcpMigrationProblem } from '../../../runtime/proxy/workers/tcp-migration.ts';
import { RawClient } from '../../support/http/raw-client.ts';
import { unless } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { visit } from './support/sessions.ts';
import { startTlsProxy } from './support/tls-proxy.ts';

const needed = unless(await tcpMigrationProblem());

test('no request by https is lost while the workers are replaced', needed, async () => {
  await using started = await startTlsProxy({ args: ['--workers', '2'] });
  const { proxy } = started;
  const over = new AbortController();
  let visits = 0;
  const failures: string[] = [];
  const clients = Array.from({ length: 3 }, async () => {
    let session: Buffer | undefined;
    while (!over.signal.aborted) {
      try {
        ({ session } = await visit(proxy.tlsPort, 'TLSv1.3', session));
        visits += 1;
      } catch (error) {
        failures.push(String(error));
      }
    }
  });
  await until(() => visits > 10, { what: 'requests before' });
  proxy.signal('SIGHUP');
  await until(() => proxy.log.some(({ msg }) => msg === 'all workers replaced'), {
    what: 'new workers',
  });
  const atReplacement = visits;
  await until(() => visits > atReplacement + 10, { what: 'requests afterwards' });
  over.abort();
  await Promise.all(clients);
  expect(failures).toEqual([]);
});

test('a lame duck fails the health checks by https and by http, and answers the rest', async () => {
  const stateDir = await mkdtemp(join(tmpdir(), 'perch-state-'));
  try {
    await using started = await startTlsProxy({ args: ['--state-dir', stateDir] });
    const { proxy } = started;
    const statusOf = async (path: string, secure: boolean) => {
      const port = Number(proxy.listening.split(':').at(-1));
      using client = secure
        ? await RawClient.connectSecurely(proxy.tlsPort, { servername: 'a.test' })
        : await RawClient.connect(port);
      await client.send(`GET ${path} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
      return (await client.response()).status;
    };
    await until(async () => (await statusOf('/healthz', true)) === 200, { what: 'a member' });
    await writeFile(join(stateDir, lameDuck.file), '');
    await until(async () => (await statusOf('/healthz', true)) === 503, { what: 'the marker' });
    expect(await statusOf('/healthz', false)).toBe(503);
    expect(await statusOf('/', true)).toBe(200);
    expect(await statusOf('/', false)).toBe(308);
  } finally {
    await rm(stateDir, { recursive: true, force: true });
  }
});
