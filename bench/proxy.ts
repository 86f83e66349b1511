/**
 * `npm run bench:proxy [-- OPTIONS]`: measures what Perch's proxy costs beside nginx, HAProxy and a
 * forwarder on node:http, all on one core of this machine in one run. Rounds are interleaved, so
 * that other work on the machine affects all peers alike. docs/performance.md explains the numbers.
 *
 * - `--against DIR`: also measures the Perch of another checkout, as the peer `perch before`, and
 *   prints the CPU time per request of this checkout divided by that of the other one. Measured
 *   against itself (`--against .`), it shows how much is noise.
 * - `--peers NAMES`: measures these peers only, for example `perch,perch before`.
 * - `--only TEXT`: measures only the workloads whose name contains the text, or one of several if it
 *   is repeated.
 * - `--rounds N`, `--seconds N`: rounds per workload (default 5) and seconds per round (default 3).
 * - `--quick`: two rounds of one second, to see if it works.
 * - `--report FILE`: writes everything as JSON.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  handshakeLoad,
  http2Load,
  httpLoad,
  webSocketLoad,
  type HttpLoad,
  type LoadResult,
} from './proxy/load.ts';
import {
  benchCertificate,
  peers,
  perchBefore,
  perchHere,
  webSocketUpstream,
  type ProxyPeer,
} from './proxy/peers.ts';
import { httpUpstream } from './proxy/nginx.ts';
import { serviceHosts, servicePeers } from './proxy/service-peers.ts';
import { isInstalled, listening, type PinnedProcess } from './proxy/process.ts';
import { NoCpuQuota } from './proxy/cpu-quota.ts';
import { measureScaling, type Scaling } from './proxy/scaling.ts';
import {
  printCpuRatios,
  printTable,
  ratio,
  spread,
  summary,
  type RoundResult,
} from './proxy/summary.ts';

const { values } = parseArgs({
  options: {
    against: { type: 'string' },
    peers: { type: 'string', default: '' },
    only: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    report: { type: 'string' },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
const seconds = Number(values.seconds ?? (values.quick ? 1 : 3));
const against = values.against === undefined ? undefined : resolve(values.against);
const only = values.peers.split(',').filter(Boolean);
const firstPort = 7_600;
/** A peer is warm after so many requests; a slow machine gets there in no acceptable time. */
const warmUpRequests = 30_000;
const warmUpRounds = 4;
/** Time until what 20 services do once a second each is compiled. */
const warmUpSecondsOfServices = values.quick ? 1 : 30;

const missing = ['taskset', 'wrk', 'nginx', 'openssl'].filter((program) => !isInstalled(program));
if (missing.length > 0) {
  console.log(`bench:proxy skipped: ${missing.join(', ')} not installed`);
  console.log('to install: apt-get install nginx haproxy openssl wrk util-linux');
  process.exit(0);
}

interface Workload {
  readonly name: string;
  readonly run: (peer: ProxyPeer) => Promise<LoadResult>;
}

interface StartedPeer extends ProxyPeer {
  readonly process: PinnedProcess;
}

const folder = mkdtempSync(join(tmpdir(), 'perch-bench-'));
const http = (name: string, load: Partial<HttpLoad>): Workload => ({
  name,
  run: ({ port }) => httpLoad(folder, port, { path: '/', connections: 64, seconds, ...load }),
});
const running: PinnedProcess[] = [];
const results: RoundResult[] = [];
let scaling: Scaling | undefined;

try {
  const httpPeers = await startAll(firstPort, httpUpstream(folder, firstPort));
  const atHalf = "at half of nginx's rate";
  await measureAtHalf(httpPeers, http('small GET', {}), (rate) =>
    http(`small GET ${atHalf}`, { rate }),
  );
  for (const workload of [
    http('small GET on 1,024 connections', { connections: 1_024 }),
    http('16 KiB response', { path: '/16k' }),
    http('1 MiB response', { path: '/1m' }),
    http('1 KiB upload', { path: '/upload', uploadBytes: 1_024 }),
    http('1 MiB upload', { path: '/upload', uploadBytes: 1_048_576 }),
  ]) {
    await measure(httpPeers, workload);
  }
  const newConnections = true;
  await measureAtHalf(httpPeers, http('new connection per GET', { newConnections }), (rate) =>
    http(`new connection per GET ${atHalf}`, { newConnections, rate }),
  );
  if (only.length === 0) scaling = await scale();
  await stopAll();

  await measureServices();
  await measureTls();

  const socketPeers = await startAll(firstPort + 10, webSocketUpstream(firstPort + 10));
  await measure(socketPeers, {
    name: 'WebSocket message',
    run: ({ port }) => webSocketLoad(port, 64, seconds),
  });
  if (against !== undefined) {
    const both = new Set(
      results.flatMap(({ peer, workload }) => (peer === perchBefore ? workload : [])),
    );
    const compared = results.filter(({ workload }) => both.has(workload));
    printCpuRatios(compared, { of: perchHere, to: perchBefore });
  }
} finally {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
}

if (values.report !== undefined) {
  const report = {
    at: new Date().toISOString(),
    node: process.version,
    cpu: cpus()[0]?.model,
    rounds,
    seconds,
    ...(against !== undefined && { against }),
    workloads: summary(results, ['nginx', perchBefore]),
    ...(scaling !== undefined && { scaling }),
  };
  writeFileSync(values.report, `${JSON.stringify(report, null, 2)}\n`);
}

/** Measures a workload, then at half of the rate that nginx had in it. */
async function measureAtHalf(
  started: readonly StartedPeer[],
  workload: Workload,
  atRate: (rate: number) => Workload,
): Promise<void> {
  const hasNginx = started.some(({ name }) => name === 'nginx');
  const half = hasNginx ? atRate(1) : workload;
  const own = await measure(started, workload, isWanted(workload.name) || isWanted(half.name));
  if (!hasNginx || !isWanted(half.name)) return;
  const rates = own.flatMap(({ peer, perSecond }) => (peer === 'nginx' ? [perSecond] : []));
  await measure(started, atRate(Math.max(1, spread(rates).median / 2)));
}

/** Measures the peers with 20 services each. */
async function measureServices(): Promise<void> {
  const name = 'small GET, 20 services';
  if (!isWanted(name)) return;
  const upstreamPort = firstPort + 30;
  const own = { folder, firstPort: upstreamPort + 1, upstreamPort, against: undefined, only };
  const known = await servicePeers(own, (process) => running.push(process));
  const started = await startAll(upstreamPort, httpUpstream(folder, upstreamPort), known);
  const hosts = serviceHosts;
  const longer = http(name, { hosts, seconds: warmUpSecondsOfServices });
  for (const peer of started) await longer.run(peer);
  if (started.length > 0) await measure(started, http(name, { hosts }));
  await stopAll();
}

function handshakes(name: string, resumed: boolean): Workload {
  return { name, run: ({ port }) => handshakeLoad(port, seconds, resumed) };
}

/** Measures the peers that end TLS. */
async function measureTls(): Promise<void> {
  const withHttp1 = [
    http('small GET over TLS', { secure: true }),
    http('1 MiB response over TLS', { secure: true, path: '/1m' }),
    handshakes('new TLS connection per GET', false),
    handshakes('resumed TLS connection per GET', true),
  ];
  const withHttp2 = http2Workloads();
  if (![...withHttp1, ...withHttp2].some(({ name }) => isWanted(name))) return;
  const certificate = benchCertificate(folder);
  const upstreamPort = firstPort + 50;
  const ports = { firstPort: upstreamPort + 1, upstreamPort };
  const known = peers({ folder, ...ports, against, only, certificate });
  const secure = await startAll(upstreamPort, httpUpstream(folder, upstreamPort), known);
  const both = secure.filter(({ onlyHttp2 }) => onlyHttp2 !== true);
  for (const workload of withHttp1) await measure(both, workload);
  for (const workload of withHttp2) await measure(secure, workload);
  await stopAll();
}

function http2(name: string, load: { path: string; streams: number }): Workload {
  return { name, run: ({ port }) => http2Load(port, seconds, load) };
}

function http2Workloads(): Workload[] {
  const workloads = [
    http2('small GET over HTTP/2', { path: '/', streams: 16 }),
    http2('1 MiB response over HTTP/2', { path: '/1m', streams: 1 }),
  ];
  if (isInstalled('h2load')) return workloads;
  if (workloads.some(({ name }) => isWanted(name))) {
    console.log('HTTP/2: skipped, not installed (apt-get install nghttp2-client)');
  }
  return [];
}

/** Starts the peers on the ports after that of their upstream. */
async function startAll(
  upstreamPort: number,
  upstream: PinnedProcess,
  known = peers({ folder, firstPort: upstreamPort + 1, upstreamPort, against, only }),
): Promise<StartedPeer[]> {
  running.push(upstream);
  await listening(upstreamPort);
  const started = known.map((peer) => {
    const process = peer.start();
    running.push(process);
    return { ...peer, process };
  });
  for (const { port } of started) await listening(port);
  return started;
}

function isWanted(workload: string): boolean {
  return values.only.length === 0 || values.only.some((text) => workload.includes(text));
}

/** Measures the gain of a second worker of Perch; needs the upstream of the HTTP workloads. */
async function scale(): Promise<Scaling | undefined> {
  const name = '2 workers against one';
  if (!isWanted(name)) return undefined;
  const own = { folder, upstreamPort: firstPort, firstPort: firstPort + 20, rounds, seconds };
  try {
    const measured = await measureScaling(own);
    console.log(`\n${name}, small GET, each with a part of a core (median, minimum to maximum)`);
    console.log(`  throughput ${ratio(measured.throughput)}`);
    console.log(`  part of its share that the single one used ${ratio(measured.used)}`);
    return measured;
  } catch (error) {
    if (!(error instanceof NoCpuQuota)) throw error;
    console.log(`\n${name}: skipped, because ${error.message}`);
    return undefined;
  }
}

async function measure(
  started: readonly StartedPeer[],
  workload: Workload,
  isNeeded = isWanted(workload.name),
): Promise<RoundResult[]> {
  if (!isNeeded) return [];
  const own: RoundResult[] = [];
  for (const peer of started) await warmUp(workload, peer);
  for (let round = 0; round < rounds; round += 1) {
    // Each peer is measured as often before its neighbour as after it.
    for (const peer of round % 2 === 0 ? started : started.toReversed()) {
      const before = peer.process.cpuMs();
      const result = await workload.run(peer);
      const cpuUs = ((peer.process.cpuMs() - before) * 1_000) / Math.max(result.requests, 1);
      own.push({ workload: workload.name, peer: peer.name, round, cpuUs, ...result });
    }
  }
  results.push(...own);
  const baseline = ['nginx', perchBefore].find((name) => started.some((one) => one.name === name));
  printTable(own, baseline ?? perchHere);
  return own;
}

/** Warms a peer up: what is compiled at the beginning is not what a request costs. */
async function warmUp(workload: Workload, peer: ProxyPeer): Promise<void> {
  let requests = 0;
  for (let round = 0; round < warmUpRounds && requests < warmUpRequests; round += 1) {
    requests += (await workload.run(peer)).requests;
  }
}

async function stopAll(): Promise<void> {
  for (const process of running.splice(0).toReversed()) await process.stop();
}
