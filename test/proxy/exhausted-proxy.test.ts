import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DocumentFile } from '../support/document-file.ts';
import { get } from '../support/http/load.ts';
import { RawClient } from '../support/http/raw-client.ts';
import { MemberServer } from '../support/processes/member-server.ts';
import { childrenOf } from '../support/processes/processes.ts';
import { startProxy } from '../support/processes/proxy-process.ts';
import { releaseDocument } from '../support/release-document.ts';
import { unless, whyNoLinux, whyNoProgram } from '../support/skip.ts';
import { until } from '../support/until.ts';

const clientCount = 20;

/** Sets the soft limit of descriptors that a process may have open. */
function limitDescriptors(pid: number, most: number): void {
  execFileSync('prlimit', [`--pid=${pid}`, `--nofile=${most}:`]);
}

/** Lowest number that a process' next descriptor can have; a limit of this many leaves it none. */
function nextDescriptor(pid: number): number {
  const used = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let next = 0;
  while (used.has(next)) next += 1;
  return next;
}

test(
  'a proxy without descriptors answers 503, and charges nothing to its members',
  unless(whyNoLinux() ?? whyNoProgram('prlimit')),
  async () => {
    await using one = await MemberServer.start('stable-1');
    await using two = await MemberServer.start('stable-2');
    const members = [one.entry(), two.entry()];
    await using file = await DocumentFile.create(releaseDocument({ members }));
    await using proxy = await startProxy({ args: ['--document', file.path, '--workers', '1'] });
    const [worker = 0] = childrenOf(proxy.pid);
    const before = execFileSync(
      'prlimit',
      [`--pid=${worker}`, '--nofile', '--output=SOFT', '--raw', '--noheadings'],
      { encoding: 'utf8' },
    );
    const port = Number(proxy.listening.split(':').at(-1));
    await using clients = new AsyncDisposableStack();
    const all = await Promise.all(
      Array.from({ length: clientCount }, () => RawClient.connect(port)),
    );
    for (const client of all) clients.use(client);
    // A connection that the proxy has not accepted yet would be closed without an answer.
    await until(async () => {
      const [open = ''] = await proxy.metrics('perch_proxy_connections');
      return open.endsWith(` ${clientCount}`);
    });

    // Members that do not answer yet, so that each request needs a connection of its own.
    const held: (() => void)[] = [];
    for (const member of [one, two]) {
      member.respond = (_, response) => void held.push(() => response.end(member.id));
    }
    limitDescriptors(worker, nextDescriptor(worker));
    for (const client of all) await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => all.filter(({ text }) => text.includes(' 503 ')).length > clientCount / 2);
    limitDescriptors(worker, Number(before));
    for (const answer of held) answer();
    await until(() => all.every(({ text }) => text !== ''));

    expect(all.map(({ text }) => text.slice(9, 12)).filter((status) => status === '502')).toEqual(
      [],
    );
    const faults = await proxy.metrics('perch_proxy_upstream_faults_total{');
    expect(faults.filter((line) => !line.endsWith(' 0'))).toEqual([]);
    const available = await proxy.metrics('perch_proxy_member_available{');
    expect(available.map((line) => line.at(-1))).toEqual(['1', '1']);
    expect(await proxy.metrics('cause="exhausted"')).toHaveLength(1);
    expect(proxy.log.filter(({ msg }) => msg.startsWith('no descriptor,'))).toHaveLength(1);
    for (const member of [one, two]) member.respond = (_, response) => void response.end('ok');
    expect((await get(proxy.origin)).status).toBe(200);
  },
);
