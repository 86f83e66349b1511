import { fork } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { proxySettings } from '../../../runtime/proxy/settings/settings.ts';
import { WorkerSupervisor } from '../../../runtime/proxy/workers/worker-supervisor.ts';
import { DocumentFile } from '../../support/document-file.ts';
import { get } from '../../support/load.ts';
import { MemberServer } from '../../support/member-server.ts';
import { isRunning } from '../../support/processes.ts';
import { releaseDocument } from '../../support/release-document.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';

const worker = join(import.meta.dirname, '../../../runtime/bin/proxy-worker.ts');
const blocker = join(import.meta.dirname, '../../support/block-on-signal.ts');

test('a worker whose event loop stands still is killed and replaced; the others go on', async () => {
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
    const port = await supervisor.start();
    const [hung, other] = supervisor.workers;
    if (hung?.pid === undefined || other === undefined) throw new Error('no two workers');
    process.kill(hung.pid, 'SIGUSR2');

    await hung.exited;
    expect(isRunning(hung.pid)).toBe(false);
    await until(() => supervisor.workers.every(({ serves }) => serves));
    expect(supervisor.workers.map(({ id }) => id)).toEqual(['proxy-0-3', other.id]);
    expect((await get(`http://127.0.0.1:${port}`)).status).toBe(200);
    const [own] = await supervisor.collect();
    expect(own).toMatchObject([
      { name: 'perch_proxy_worker_deaths_total', values: [{ value: 1 }] },
      { name: 'perch_proxy_worker_hangs_total', values: [{ value: 1 }] },
    ]);
  } finally {
    await supervisor.stop();
  }
});
