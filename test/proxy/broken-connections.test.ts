import { expect, test } from 'vitest';
import { DocumentFile } from '../support/document-file.ts';
import { get } from '../support/http/load.ts';
import { MemberServer } from '../support/processes/member-server.ts';
import { startProxy } from '../support/processes/proxy-process.ts';
import { releaseDocument } from '../support/release-document.ts';

test('a canary that breaks off requests on kept connections is at fault each time, and clients are served', async () => {
  await using stable = await MemberServer.start('stable-1');
  await using canary = await MemberServer.start('canary-1', (request, response) => {
    if (request.url === '/broken') request.socket.destroy();
    else response.end('canary-1');
  });
  const members = [stable.entry(), canary.entry()];
  await using file = await DocumentFile.create(releaseDocument({ members, weight: 100 }));
  await using proxy = await startProxy({ args: ['--document', file.path, '--workers', '1'] });
  await proxy.untilGeneration(1);
  for (let count = 0; count < 4; count += 1) {
    // Keeps a connection, which the next request takes.
    expect(await get(`${proxy.origin}/`)).toMatchObject({ status: 200, body: 'canary-1' });
    expect(await get(`${proxy.origin}/broken`)).toMatchObject({ status: 200, body: 'stable-1' });
  }
  const faults = await proxy.metrics('perch_proxy_upstream_faults_total{', 'canary-1');
  expect(faults.find((line) => line.includes('fault="stale"'))).toMatch(/ 4$/);
  expect(faults.find((line) => line.includes('fault="reset"'))).toMatch(/ 4$/);
});
