import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tcpMigrationProblem } from '../../../runtime/proxy/workers/tcp-migration.ts';

test('there is no problem if net.ipv4.tcp_migrate_req is 1', async () => {
  expect(await problemWith('1\n')).toBeUndefined();
});

test('there is a problem if net.ipv4.tcp_migrate_req is 0', async () => {
  expect(await problemWith('0\n')).toContain('net.ipv4.tcp_migrate_req must be 1, got 0');
});

test('there is a problem if the system has no net.ipv4.tcp_migrate_req', async () => {
  expect(await tcpMigrationProblem('/nowhere')).toContain('is not available on this system');
});

async function problemWith(text: string): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'perch-test-'));
  const file = join(folder, 'tcp_migrate_req');
  await writeFile(file, text);
  try {
    return await tcpMigrationProblem(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}
