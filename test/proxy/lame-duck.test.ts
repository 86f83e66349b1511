import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base } from 'vitest';
import { lameDuck } from '../../runtime/contract/lame-duck.ts';
import { DocumentFile } from '../support/document-file.ts';
import { get } from '../support/http/load.ts';
import { MemberServer } from '../support/processes/member-server.ts';
import { startProxy } from '../support/processes/proxy-process.ts';
import { member as stableMember, releaseDocument } from '../support/release-document.ts';
import { until } from '../support/until.ts';

// oxlint-disable-next-line no-empty-pattern -- vitest reads the names of the fixtures from it
const test = base.extend('stateDir', async ({}, { onCleanup }): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'perch-state-'));
  onCleanup(() => rm(folder, { recursive: true, force: true }));
  return folder;
});

test('a lame duck fails the health checks of its load balancer, and answers everything else', async ({
  stateDir,
}) => {
  await using member = await MemberServer.start('stable-1');
  await using file = await DocumentFile.create(
    releaseDocument({ members: [stableMember('stable-1', member.port)] }),
  );
  const options = ['--state-dir', stateDir, '--health-path', '/health?deep=1', '--workers', '1'];
  await using proxy = await startProxy({ args: ['--document', file.path, ...options] });
  const statusOf = async (path: string) => (await get(`${proxy.origin}${path}`)).status;
  await until(async () => (await statusOf('/health?deep=1')) === 200);
  const marker = join(stateDir, lameDuck.file);
  await writeFile(marker, '');
  await until(async () => (await statusOf('/health?deep=1')) === 503);
  expect(await statusOf('/')).toBe(200);
  expect(await statusOf('/health')).toBe(200);
  await rm(marker);
  await until(async () => (await statusOf('/health?deep=1')) === 200);
  // A machine that was not stopped after all serves on.
  await writeFile(marker, '');
  await until(async () => (await statusOf('/health?deep=1')) === 503);
  const longAgo = new Date(Date.now() - lameDuck.longestMs - 1_000);
  await utimes(marker, longAgo, longAgo);
  await until(async () => (await statusOf('/health?deep=1')) === 200);
});
