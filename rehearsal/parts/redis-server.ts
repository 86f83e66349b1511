import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { freePort, loopback } from '../loopback.ts';
import type { Child } from '../processes/child.ts';
import type { ProcessSupervisor } from '../processes/process-supervisor.ts';

const programs = ['redis-server', 'valkey-server'] as const;
const oldestRedis = 7;
const startTimeoutMs = 15_000;

/** Redis of the rehearsal: free port, random password, data in a temporary folder. */
export class RedisServer {
  readonly #supervisor: ProcessSupervisor;
  readonly #command: string;
  readonly #configFile: string;
  readonly version: string;
  readonly port: number;
  /** With the password. Secret. */
  readonly url: string;
  #child: Child | undefined;

  private constructor(
    supervisor: ProcessSupervisor,
    program: ServerProgram,
    settings: { configFile: string; port: number; password: string },
  ) {
    this.#supervisor = supervisor;
    this.#command = program.command;
    this.version = program.version;
    this.#configFile = settings.configFile;
    this.port = settings.port;
    this.url = `redis://:${settings.password}@${loopback}:${settings.port}`;
  }

  /**
   * @param folder folder for its configuration and data.
   * @param path search path for the program, as in PATH.
   * @throws PerchError `unsupported` without a program that is new enough; `process_failed`.
   */
  static async start(
    supervisor: ProcessSupervisor,
    folder: string,
    path: string,
  ): Promise<RedisServer> {
    const program = findServer(path);
    const data = join(folder, 'redis');
    await mkdir(data, { mode: 0o700 });
    const port = await freePort();
    const password = randomBytes(24).toString('hex');
    const configFile = join(data, 'redis.conf');
    const lines = [
      `bind ${loopback}`,
      `port ${port}`,
      // In a file, because everyone on the machine can read a command line.
      `requirepass ${password}`,
      `dir ${data}`,
      'save ""',
      'appendonly no',
      'daemonize no',
    ];
    await writeFile(configFile, `${lines.join('\n')}\n`, { mode: 0o600 });
    const server = new RedisServer(supervisor, program, { configFile, port, password });
    await server.start();
    return server;
  }

  /** Starts it, or starts it again without its data. */
  async start(): Promise<void> {
    this.#child = await this.#supervisor.start({
      name: 'redis',
      command: this.#command,
      args: [this.#configFile],
    });
    await this.#untilReady();
  }

  /** Pauses it with its connections open, like a machine that hangs. */
  pause(): void {
    this.#child?.signal('SIGSTOP');
  }

  resume(): void {
    this.#child?.signal('SIGCONT');
  }

  /** Kills it. */
  async kill(): Promise<void> {
    await this.#child?.kill();
  }

  async #untilReady(): Promise<void> {
    const deadline = performance.now() + startTimeoutMs;
    while (performance.now() < deadline) {
      if (await ping(this.url)) return;
      await delay(20);
    }
    throw new PerchError(
      'redis_unavailable',
      `redis-server did not respond within ${startTimeoutMs} ms`,
    );
  }
}

interface ServerProgram {
  readonly command: string;
  readonly version: string;
}

function findServer(path: string): ServerProgram {
  const found = programs.flatMap((command) => {
    const { stdout } = spawnSync(command, ['--version'], {
      encoding: 'utf8',
      env: { ...process.env, PATH: path },
    });
    const version = /\bv=(\d+\.\d+\.\d+)/.exec(stdout ?? '')?.[1];
    return version === undefined ? [] : [{ command, version }];
  });
  const usable = found.find(
    ({ command, version }) =>
      command === 'valkey-server' || Number.parseInt(version, 10) >= oldestRedis,
  );
  if (usable !== undefined) return usable;
  const [old] = found;
  const got = old === undefined ? 'neither of them on PATH' : `${old.command} ${old.version}`;
  throw new PerchError(
    'unsupported',
    `a rehearsal needs redis-server ${oldestRedis} or later, or valkey-server; got ${got}`,
  );
}

async function ping(url: string): Promise<boolean> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 1_000,
    commandTimeout: 1_000,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await redis.ping();
    return true;
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}
