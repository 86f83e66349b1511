import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import {
  failureLogText,
  fetchFailureLogs,
  keepFailureLogs,
  notifiedLogs,
  type ContainerLog,
} from '../../../infra/deploy/failure-logs.ts';
import { StandInPrograms } from '../../support/pulumi/stand-in-programs.ts';

const log: ContainerLog = {
  host: 'web-1',
  name: 'stable-0-11',
  status: 'Restarting (1) 3 seconds ago',
  lines: ['connecting', 'no database'],
};

test('a log is a text that begins with its container, host and state', () => {
  expect(failureLogText(log)).toBe(
    'container stable-0-11 on web-1, Restarting (1) 3 seconds ago; its last log lines:\n  connecting\n  no database',
  );
});

test('a notification has the newest lines of three logs, however long they are', () => {
  const lines = Array.from({ length: 50 }, (_, index) => `${index} ${'x'.repeat(900)}`);
  const texts = notifiedLogs([{ ...log, lines }, log, log, log]);
  expect(texts).toHaveLength(3);
  for (const text of texts) expect(text.length).toBeLessThanOrEqual(2_000);
  expect(texts[0]).toContain('\n  49 x');
});

test('logs are kept in a file that only its owner reads', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'perch-failure-'));
  const at = new Date('2026-01-31T12:00:00Z');
  const file = await keepFailureLogs([log, log], { folder, stack: 'prod', at });
  expect(file).toBe('.perch/failures/prod-2026-01-31T12-00-00.000Z.log');
  expect(readFileSync(join(folder, file), 'utf8')).toBe(
    `${failureLogText(log)}\n\n${failureLogText(log)}\n`,
  );
  rmSync(folder, { recursive: true });
});

test('logs of a stack that is named with its organization are kept under its own name', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'perch-failure-'));
  const at = new Date('2026-01-31T12:00:00Z');
  const file = await keepFailureLogs([log], { folder, stack: 'acme/shop/prod', at });
  expect(file).toBe('.perch/failures/prod-2026-01-31T12-00-00.000Z.log');
  expect(readFileSync(join(folder, file), 'utf8')).toBe(`${failureLogText(log)}\n`);
  rmSync(folder, { recursive: true });
});

test('a host that does not answer is named, and the logs of the others are fetched', async () => {
  const programs = new StandInPrograms(mkdtempSync(join(tmpdir(), 'perch-failure-')));
  programs.addFailing('ssh', 'connection refused');
  programs.add('docker', 'case "$1" in ps) echo "1 redis member= Exited (1)";; *) echo why;; esac');
  vi.stubEnv('PATH', `${programs.folder}:${process.env['PATH']}`);
  const said: string[] = [];
  const address = { host: 'web-2', port: 22, user: 'a', hostKey: 'k', privateKey: 'p' };
  const logs = await fetchFailureLogs({
    hosts: [
      { name: 'here', address: undefined },
      { name: 'web-2', address },
    ],
    service: 'shop',
    members: [],
    say: (line) => said.push(line),
  });
  vi.unstubAllEnvs();
  rmSync(programs.folder, { recursive: true });
  expect(logs).toEqual([{ host: 'here', name: 'redis', status: 'Exited (1)', lines: ['why'] }]);
  expect(said).toEqual(['the logs of web-2 could not be read: connection refused']);
});
