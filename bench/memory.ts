/**
 * `npm run bench:memory [-- OPTIONS]`: measures what Perch's own processes take of one idle host with
 * two members, memory and CPU time, beside nginx and, if it is on PATH, kamal-proxy. All run at the
 * same time. Linux only. docs/performance.md explains the numbers.
 *
 * - `--against DIR`: also measures the Perch of another checkout.
 * - `--seconds N`: time over which the CPU time is measured (default 30), after as long a wait.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { redisKeys } from '../runtime/contract/redis-keys.ts';
import { MemberServer } from '../test/support/processes/member-server.ts';
import { clientOf } from '../test/support/redis/redis-client.ts';
import { startRedis } from '../test/support/redis/redis-server.ts';
import { releaseDocument } from '../test/support/release-document.ts';
import {
  kamalProxy,
  nginxProxy,
  perchHost,
  startMeasured,
  type MeasuredProcess,
} from './memory/peers.ts';
import { printUses, type MeasuredUse } from './memory/report.ts';
import { cpuMsOf, type PinnedProcess } from './proxy/process.ts';

const { values } = parseArgs({
  options: { against: { type: 'string' }, seconds: { type: 'string', default: '30' } },
});
const seconds = Number(values.seconds);
if (!(seconds >= 1)) throw new Error(`--seconds must be a number from 1, got ${values.seconds}`);

const folder = mkdtempSync(join(tmpdir(), 'perch-bench-'));
const started: { readonly measured: MeasuredProcess; readonly running: PinnedProcess }[] = [];
await using cleanup = new AsyncDisposableStack();
cleanup.defer(() => rmSync(folder, { recursive: true, force: true }));
const member = cleanup.use(await MemberServer.start('stable-1'));
const other = cleanup.use(await MemberServer.start('stable-2'));

const checkouts = new Map([['Perch', join(import.meta.dirname, '..')]]);
if (values.against !== undefined) checkouts.set('Perch before', resolve(values.against));
for (const [peer, checkout] of checkouts) {
  const redisUrl = await redisWithMembers();
  for (const one of await perchHost({ folder, redisUrl, peer, checkout })) start(one);
}
for (const one of [...(await nginxProxy(folder, member.port)), ...kamalProxy(folder)]) start(one);

await delay(seconds * 1_000);
const before = new Map(pids().map((pid) => [pid, cpuMsOf(pid)]));
await delay(seconds * 1_000);
printUses(
  started.flatMap(({ measured: { peer, part }, running }) =>
    running.pids.map((pid, index): MeasuredUse => {
      const cpuMs = cpuMsOf(pid) - (before.get(pid) ?? NaN);
      const name = index === 0 ? part : `${part}, child ${index}`;
      return { peer, part: name, pid, cpuPercent: cpuMs / (seconds * 10) };
    }),
  ),
);

function start(measured: MeasuredProcess): void {
  const running = startMeasured(measured);
  started.push({ measured, running });
  cleanup.defer(() => running.stop());
}

function pids(): number[] {
  return started.flatMap(({ running }) => running.pids);
}

/** Each checkout has a Redis of its own: of all monitors of one, a single one leads. */
async function redisWithMembers(): Promise<string> {
  const server = cleanup.use(await startRedis());
  const redis = await clientOf(server);
  const members = [member.entry(), other.entry()];
  await redis.set(redisKeys('shop').release, JSON.stringify(releaseDocument({ members })));
  redis.disconnect();
  return server.url;
}
