import { expect, test } from 'vitest';
import { DocumentFile } from '../support/document-file.ts';
import { get } from '../support/http/load.ts';
import { MemberServer } from '../support/processes/member-server.ts';
import { startProxy } from '../support/processes/proxy-process.ts';
import { freePort } from '../../rehearsal/loopback.ts';
import { releaseDocument } from '../support/release-document.ts';
import { until } from '../support/until.ts';

test('--metrics serves the metrics of all workers alone, and a proxy that drains gives its port away', async () => {
  const finish = Promise.withResolvers<void>();
  await using member = await MemberServer.start('stable-1', (_, response) => {
    void finish.promise.then(() => response.end('late'));
  });
  await using file = await DocumentFile.create(releaseDocument({ members: [member.entry()] }));
  const port = await freePort();
  const metrics = `http://127.0.0.1:${port}/metrics`;
  const args = ['--document', file.path, '--workers', '2', '--metrics', `127.0.0.1:${port}`];
  await using proxy = await startProxy({ args });
  await until(() => proxy.log.some(({ msg }) => msg === 'metrics are served'), { what: 'metrics' });
  const text = await (await fetch(metrics)).text();
  expect(text.match(/^perch_proxy_generation\{/gm)).toHaveLength(2);
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(404);

  const slow = get(`${proxy.origin}/`);
  await until(() => member.requests.length > 0, { what: 'the slow request' });
  proxy.signal('SIGTERM');
  const isFree = () =>
    fetch(metrics).then(
      () => false,
      () => true,
    );
  await until(isFree, { what: 'the port to be free' });
  finish.resolve();
  expect((await slow).body).toBe('late');
  expect(await proxy.exited).toBe(0);
});
