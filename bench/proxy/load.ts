import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { others } from './process.ts';

/** Result of a load generator. */
export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Requests that did not get a 2xx response. */
  readonly failures: number;
}

export interface HttpLoad {
  readonly path: string;
  readonly connections: number;
  readonly seconds: number;
  /** Size of the body that is sent. Default: a GET without a body. */
  readonly uploadBytes?: number;
  readonly newConnections?: boolean;
  /** Hosts that the requests name in turn. Default: that of the proxy's address. */
  readonly hosts?: readonly string[];
  /** Requests per second, of all connections together. Default: as many as possible. */
  readonly rate?: number;
  /** True for https. */
  readonly secure?: boolean;
}

/** Drives a proxy with wrk. */
export async function httpLoad(folder: string, port: number, load: HttpLoad): Promise<LoadResult> {
  const script = join(folder, 'load.lua');
  writeFileSync(script, lua(load));
  const wrk = `wrk --threads 1 --latency --connections ${load.connections}`;
  const text = await output(
    `taskset --cpu-list ${others} ${wrk} --duration ${load.seconds}s ` +
      `--script ${script} ${load.secure ? 'https' : 'http'}://127.0.0.1:${port}${load.path}`,
  );
  const [, counts] = text.split('RESULT ');
  if (counts === undefined) throw new Error(`wrk printed no result:\n${text}`);
  const [requests = 0, perSecond = 0, p50Us = 0, p99Us = 0, failures = 0] = counts
    .split(' ')
    .map(Number);
  return { requests, perSecond, p50Ms: p50Us / 1_000, p99Ms: p99Us / 1_000, failures };
}

/**
 * Target of the requests of `openssl s_time`, which writes `GET TARGET HTTP/1.0`: with the rest of a
 * head, so that the request has a Host. nginx forwards one without, and its upstream then answers 400
 * and closes, so that nginx would be measured with a new connection to the upstream each time.
 */
const target = '/ HTTP/1.1\r\nHost: bench.test\r\nConnection: close\r\nX-Rest:';

/**
 * Drives a proxy with a new TLS connection for each GET, several clients at a time.
 * @param resumed true if all connections resume one session.
 */
export async function handshakeLoad(
  port: number,
  seconds: number,
  resumed: boolean,
): Promise<LoadResult> {
  const kind = resumed ? '-reuse' : '-new';
  const client = `openssl s_time -connect 127.0.0.1:${port} ${kind} -tls1_3 -time ${seconds} -www`;
  const command = `taskset --cpu-list ${others} ${client}`.split(' ');
  const texts = await Promise.all(Array.from({ length: 8 }, () => output([...command, target])));
  const counts = texts.map((text) => {
    const all = text.matchAll(/(\d+) connections in \d+ real seconds/g);
    return Number([...all].at(-1)?.[1] ?? 0);
  });
  const requests = counts.reduce((sum, count) => sum + count, 0);
  // It says nothing of latencies, and gives up at the first failure.
  const failures = counts.filter((count) => count === 0).length;
  return { requests, perSecond: requests / seconds, p50Ms: 0, p99Ms: 0, failures };
}

/** Drives a proxy by HTTP/2 over TLS on 16 connections. @param streams of each at a time. */
export async function http2Load(
  port: number,
  seconds: number,
  { path, streams }: { readonly path: string; readonly streams: number },
): Promise<LoadResult> {
  const load = `h2load --clients 16 --max-concurrent-streams ${streams} --duration ${seconds}`;
  const url = `https://127.0.0.1:${port}${path}`;
  // Sometimes it does not end by itself.
  const bounded = `timeout ${seconds + 30} ${load} --warm-up-time 0 ${url}`;
  const text = await output(`taskset --cpu-list ${others} ${bounded}`);
  const counts = /(\d+) succeeded, (\d+) failed/.exec(text);
  if (counts === null) throw new Error(`h2load printed no result:\n${text}`);
  const [requests = 0, failures = 0] = counts.slice(1).map(Number);
  // It says nothing of percentiles.
  return { requests, perSecond: requests / seconds, p50Ms: 0, p99Ms: 0, failures };
}

/** Drives a proxy with WebSocket messages, each sent after the one before it has come back. */
export async function webSocketLoad(
  port: number,
  connections: number,
  seconds: number,
): Promise<LoadResult> {
  const file = join(import.meta.dirname, 'web-socket-load.ts');
  const options = `${port} ${connections} ${seconds}`;
  const text = await output(`taskset --cpu-list ${others} ${process.execPath} ${file} ${options}`);
  const result: LoadResult = JSON.parse(text);
  return result;
}

function lua({ uploadBytes, newConnections, rate, connections, path, hosts }: HttpLoad): string {
  return [
    ...(uploadBytes === undefined
      ? []
      : [`wrk.method = "POST"`, `wrk.body = string.rep("a", ${uploadBytes})`]),
    ...(newConnections ? ['wrk.headers["Connection"] = "close"'] : []),
    ...(hosts === undefined ? [] : inTurn(path, hosts)),
    ...(rate === undefined
      ? []
      : [
          `local mean = ${Math.round((2_000 * connections) / rate)}`,
          'function delay() return math.random(0, mean) end',
        ]),
    'function done(summary, latency)',
    '  local e = summary.errors',
    '  io.write(string.format("RESULT %d %.3f %.0f %.0f %d\\n", summary.requests,',
    '    summary.requests / summary.duration * 1e6, latency:percentile(50),',
    '    latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))',
    'end',
  ].join('\n');
}

/** Makes the requests before the load begins, so that they cost the generator nothing. */
function inTurn(path: string, hosts: readonly string[]): string[] {
  return [
    'local requests, turn = {}, 0',
    'function init()',
    ...hosts.map(
      (host, index) => `  requests[${index}] = wrk.format("GET", "${path}", {Host = "${host}"})`,
    ),
    'end',
    'function request()',
    `  turn = (turn + 1) % ${hosts.length}`,
    '  return requests[turn]',
    'end',
  ];
}

/** Runs a command, or a command line without spaces in its words. @returns its output. */
async function output(line: string | readonly string[]): Promise<string> {
  const [command = '', ...options] = typeof line === 'string' ? line.split(' ') : line;
  const child = spawn(command, options, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  await once(child, 'close');
  return text;
}
