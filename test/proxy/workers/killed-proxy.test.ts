import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { DocumentFile } from '../../support/document-file.ts';
import { get } from '../../support/http/load.ts';
import { MemberServer } from '../../support/processes/member-server.ts';
import { childrenOf, isRunning } from '../../support/processes/processes.ts';
import { startProxy, type ProxyProcess } from '../../support/processes/proxy-process.ts';
import { releaseDocument } from '../../support/release-document.ts';
import { until } from '../../support/until.ts';

let member: MemberServer;
let file: DocumentFile;
let first: ProxyProcess;
let second: ProxyProcess;

beforeAll(async () => {
  member = await MemberServer.start('stable-1');
  file = await DocumentFile.create(releaseDocument({ members: [member.entry()] }));
});
beforeEach(async () => {
  const options = ['--document', file.path, '--workers', '1'];
  first = await startProxy({ args: options });
  const args = [...options, '--listen', first.listening];
  second = await startProxy({ args, env: { PERCH_FIRST_SLOT: '64' } });
});
afterEach(async () => {
  await first[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
});
afterAll(async () => {
  await member?.[Symbol.asyncDispose]();
  await file?.[Symbol.asyncDispose]();
});

test('the ids of the second proxy tell its workers from those of the first', async () => {
  expect((await first.ready()).workers).toMatchObject([{ id: expect.stringMatching(/^test-0-/) }]);
  expect((await second.ready()).workers).toMatchObject([
    { id: expect.stringMatching(/^test-64-/) },
  ]);
});

test('no request fails after one of two proxies of a port was killed with its workers', async () => {
  const pids = [first.pid, ...childrenOf(first.pid)];
  expect(pids).toHaveLength(2);
  // As the kernel does when process 1 of a container is killed.
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await until(() => !pids.some(isRunning));
  await answersAll();
});

test('no request fails after the supervisor of one of two proxies was killed', async () => {
  const [worker = 0] = childrenOf(first.pid);
  first.signal('SIGKILL');
  await first.exited;
  await until(() => !isRunning(worker));
  await answersAll();
});

test('no request fails after the only worker of one of two proxies was killed', async () => {
  const [worker = 0] = childrenOf(first.pid);
  process.kill(worker, 'SIGKILL');
  await until(() => !isRunning(worker));
  await answersAll();
});

/** Sends requests on connections of their own, as clients whose connections broke do. */
async function answersAll(): Promise<void> {
  for (let request = 0; request < 200; request += 1) {
    expect((await get(second.origin)).status).toBe(200);
  }
}
