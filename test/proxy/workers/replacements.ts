/**
 * Replaces proxies under load: all workers by SIGHUP, then the whole process by another one on the
 * same port. The first argument is the number of replacements. Prints the results of the requests.
 * Requires `net.ipv4.tcp_migrate_req` to be 1.
 */
import { DocumentFile } from '../../support/document-file.ts';
import { Load } from '../../support/http/load.ts';
import { MemberServer } from '../../support/processes/member-server.ts';
import { startProxy, type ProxyProcess } from '../../support/processes/proxy-process.ts';
import { freePort } from '../../../rehearsal/loopback.ts';
import { releaseDocument } from '../../support/release-document.ts';
import { until } from '../../support/until.ts';

const times = Number(process.argv[2]);
const listen = `127.0.0.1:${await freePort()}`;
const members = [await MemberServer.start('stable-1'), await MemberServer.start('stable-2')];
const file = await DocumentFile.create(
  releaseDocument({ members: members.map((one) => one.entry()) }),
);
const start = () =>
  startProxy({ args: ['--document', file.path, '--workers', '2', '--listen', listen] });

let proxy = await start();
const origin = proxy.origin;
const loads = [
  new Load({ origin, clients: 4 }),
  new Load({ origin, clients: 4, newConnections: true }),
];
const warnings: string[] = [];

for (let time = 1; time <= times; time += 1) {
  proxy.signal('SIGHUP');
  await until(() => linesOf(proxy, 'all workers replaced') === time);
}
for (let time = 1; time <= times; time += 1) {
  const next = await start();
  await proxy.stop();
  warnings.push(...proxy.log.filter(({ level }) => level > 30).map(({ msg }) => msg));
  proxy = next;
}
for (const load of loads) await load.stop();
await proxy.stop();
for (const member of members) await member.stop();
await file[Symbol.asyncDispose]();

const [keepAlive, newConnections] = loads.map(({ total }) => total);
const failures = loads.flatMap((load) => load.failures);
console.log(JSON.stringify({ keepAlive, newConnections, failures, warnings }));

function linesOf({ log }: ProxyProcess, text: string): number {
  return log.filter(({ msg }) => msg === text).length;
}
