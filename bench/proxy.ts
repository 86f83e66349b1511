/**
 * `npm run bench:proxy [-- --quick] [-- --report FILE]`: what Perch's proxy costs beside nginx,
 * HAProxy and a forwarder on node:http, all on one core of this machine in one run. Rounds are
 * interleaved, so that whatever else the machine does meets all alike. docs/performance.md
 * explains the numbers.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { httpLoad, webSocketLoad, type HttpLoad, type LoadResult } from './proxy/load.ts';
import { httpUpstream, peers, webSocketUpstream, type ProxyPeer } from './proxy/peers.ts';
import { isInstalled, listening, type PinnedProcess } from './proxy/process.ts';
import { measureScaling, type Scaling } from './proxy/scaling.ts';
import { printTable, ratio, summary, type RoundResult } from './proxy/summary.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    report: { type: 'string' },
    only: { type: 'string', default: '' },
  },
});
const rounds = values.quick ? 2 : 5;
const seconds = values.quick ? 1 : 3;
const firstPort = 7_600;

const missing = ['taskset', 'wrk', 'nginx'].filter((program) => !isInstalled(program));
if (missing.length > 0) {
  console.log(`bench:proxy skipped: ${missing.join(', ')} not installed`);
  console.log('to install: apt-get install nginx haproxy wrk util-linux');
  process.exit(0);
}

interface Workload {
  readonly name: string;
  readonly run: (peer: ProxyPeer) => Promise<LoadResult>;
}

const atHalfRate = 'small GET at half of nginx’s rate';
const folder = mkdtempSync(join(tmpdir(), 'perch-bench-'));
const http = (name: string, load: Partial<HttpLoad>): Workload => ({
  name,
  run: ({ port }) => httpLoad(folder, port, { path: '/', connections: 64, seconds, ...load }),
});
const running: PinnedProcess[] = [];
const samples: RoundResult[] = [];
let scaling: Scaling | undefined;

try {
  const httpPeers = await startAll(firstPort, httpUpstream(folder, firstPort));
  // What the half of nginx's rate is, this tells.
  const isNeeded = isWanted('small GET') || isWanted(atHalfRate);
  const saturated = await measure(httpPeers, http('small GET', {}), isNeeded);
  const nginxRate = Math.max(1, median(saturated, 'nginx'));
  for (const workload of [
    {
      name: atHalfRate,
      run: ({ port }: ProxyPeer) =>
        httpLoad(folder, port, { path: '/', connections: 64, seconds, rate: nginxRate / 2 }),
    },
    http('small GET on 1,024 connections', { connections: 1_024 }),
    http('16 KiB response', { path: '/16k' }),
    http('1 MiB response', { path: '/1m' }),
    http('1 KiB upload', { path: '/upload', uploadBytes: 1_024 }),
    http('1 MiB upload', { path: '/upload', uploadBytes: 1_048_576 }),
    http('new connection per GET', { newConnections: true }),
  ]) {
    await measure(httpPeers, workload);
  }
  scaling = await scale();
  await stopAll();

  const socketPeers = await startAll(firstPort + 10, webSocketUpstream(firstPort + 10));
  await measure(socketPeers, {
    name: 'WebSocket message',
    run: ({ port }) => webSocketLoad(port, 64, seconds),
  });
} finally {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
}

const report = {
  at: new Date().toISOString(),
  node: process.version,
  cpu: cpus()[0]?.model,
  rounds,
  seconds,
  workloads: summary(samples),
  ...(scaling !== undefined && { scaling }),
};
if (values.report !== undefined) {
  writeFileSync(values.report, `${JSON.stringify(report, null, 2)}\n`);
}

/** The peers on the ports after that of their origin. */
async function startAll(upstreamPort: number, upstream: PinnedProcess): Promise<StartedPeer[]> {
  running.push(upstream);
  await listening(upstreamPort);
  const started = peers(folder, upstreamPort + 1, upstreamPort).map((peer) => {
    const process = peer.start();
    running.push(process);
    return { ...peer, process };
  });
  for (const { port } of started) await listening(port);
  return started;
}

function isWanted(workload: string): boolean {
  return workload.includes(values.only);
}

/** What a second worker of Perch brings; needs the origin of the HTTP workloads. */
async function scale(): Promise<Scaling | undefined> {
  const name = '2 workers against one';
  if (!isWanted(name)) return undefined;
  const own = { folder, upstreamPort: firstPort, firstPort: firstPort + 20, rounds, seconds };
  try {
    const measured = await measureScaling(own);
    console.log(`\n${name}, small GET, each with a part of a core (median, minimum to maximum)`);
    console.log(`  throughput ${ratio(measured.throughput)}`);
    console.log(`  of its part the single one used ${ratio(measured.used)}`);
    return measured;
  } catch (error) {
    console.log(`\n${name}: skipped, it needs root on Linux (${String(error)})`);
    return undefined;
  }
}

interface StartedPeer extends ProxyPeer {
  readonly process: PinnedProcess;
}

async function measure(
  started: readonly StartedPeer[],
  workload: Workload,
  isNeeded = isWanted(workload.name),
): Promise<RoundResult[]> {
  if (!isNeeded) return [];
  const own: RoundResult[] = [];
  // What is compiled in the first round is not what a request costs.
  for (let round = -1; round < rounds; round += 1) {
    for (const peer of started) {
      const before = peer.process.cpuMs();
      const result = await workload.run(peer);
      if (round < 0) continue;
      const cpuUs = ((peer.process.cpuMs() - before) * 1_000) / Math.max(result.requests, 1);
      own.push({ workload: workload.name, peer: peer.name, round, cpuUs, ...result });
    }
  }
  samples.push(...own);
  printTable(own);
  return own;
}

function median(of: readonly RoundResult[], peer: string): number {
  const rates = of
    .flatMap((sample) => (sample.peer === peer ? [sample.perSecond] : []))
    .sort((a, b) => a - b);
  return rates[Math.trunc(rates.length / 2)] ?? 0;
}

async function stopAll(): Promise<void> {
  for (const process of running.splice(0).toReversed()) await process.stop();
}
