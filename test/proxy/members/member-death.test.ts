import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DocumentFile } from '../../support/document-file.ts';
import { Load } from '../../support/http/load.ts';
import { startProxy } from '../../support/processes/proxy-process.ts';
import { member, releaseDocument } from '../../support/release-document.ts';
import { until } from '../../support/until.ts';

test('clients see no failure when a member is killed under load', async () => {
  const processes = new Map<string, ChildProcess>();
  try {
    const members = await Promise.all(
      ['stable-1', 'stable-2', 'stable-3'].map(async (id) => {
        const child = fork(join(import.meta.dirname, '../../support/processes/member-process.ts'), [
          id,
        ]);
        processes.set(id, child);
        const [port] = await once(child, 'message');
        return member(id, Number(port));
      }),
    );
    await using file = await DocumentFile.create(releaseDocument({ members }));
    await using proxy = await startProxy({ args: ['--document', file.path, '--workers', '1'] });
    const load = new Load({ origin: proxy.origin, clients: 8 });
    await until(() => load.answers.size === 3 && load.total > 300);

    processes.get('stable-2')?.kill('SIGKILL');
    await until(async () => {
      const [line] = await proxy.metrics('perch_proxy_member_available{', 'stable-2');
      return line?.endsWith(' 0');
    });
    const { total } = load;
    await until(() => load.total > total + 300);
    await load.stop();

    expect(load.failures).toEqual([]);
    const faults = await proxy.metrics('perch_proxy_upstream_faults_total{', 'stable-2');
    expect(faults.filter((line) => !line.endsWith(' 0'))).not.toEqual([]);
  } finally {
    for (const child of processes.values()) child.kill('SIGKILL');
  }
});
