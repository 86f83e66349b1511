import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { freePort, loopback } from '../loopback.ts';
import type { Child } from '../processes/child.ts';
import type { ProcessSupervisor } from '../processes/process-supervisor.ts';
import { until } from '../until.ts';

const programs = ['redis-server', 'valkey-server'] as const;
const oldestRedis = 7;
const startTimeoutMs = 15_000;
const snapshotName = 'dump.rdb';

/** Redis of the rehearsal: free port, random password, data in a temporary folder. */
export class RedisServer {
  readonly #supervisor: ProcessSupervisor;
  readonly #command: string;
  readonly #configFile: string;
  readonly #snapshot: string;
  readonly version: string;
  readonly port: number;
  /** With the password. Secret. */
  readonly url: string;
  #child: Child | undefined;

  private constructor(
    supervisor: ProcessSupervisor,
    program: ServerProgram,
    settings: { folder: string; configFile: string; port: number; password: string },
  ) {
    this.#supervisor = supervisor;
    this.#command = program.command;
    this.version = program.version;
    this.#configFile = settings.configFile;
    this.#snapshot = join(settings.folder, snapshotName);
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
      `dbfilename ${snapshotName}`,
      'save ""',
      'appendonly no',
      'daemonize no',
    ];
    await writeFile(configFile, `${lines.join('\n')}\n`, { mode: 0o600 });
    const server = new RedisServer(supervisor, program, {
      folder: data,
      configFile,
      port,
      password,
    });
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

  /**
   * Lets it refuse writes, and answer reads, as with a full disk: it cannot save its snapshot,
   * because a folder has its name.
   */
  async refuseWrites(): Promise<void> {
    await mkdir(join(this.#snapshot, 'not-empty'), { recursive: true });
    await this.#saveUntil('err');
  }

  async acceptWrites(): Promise<void> {
    await rm(this.#snapshot, { recursive: true });
    await this.#saveUntil('ok');
  }

  async #saveUntil(status: 'ok' | 'err'): Promise<void> {
    await ask(this.url, async (redis) => {
      // Without a schedule of snapshots, Redis does not mind that one failed.
      await redis.config('SET', 'save', status === 'err' ? '3600 1' : '');
      await until(`a snapshot that ends with ${status}`, async () => {
        // It is refused while another one runs.
        await redis.bgsave().catch(() => undefined);
        return (await redis.info('persistence')).includes(`rdb_last_bgsave_status:${status}`);
      });
    });
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
  return await ask(url, (redis) => redis.ping()).then(
    () => true,
    () => false,
  );
}

/** Connects for a few commands. */
async function ask<T>(url: string, commands: (redis: Redis) => Promise<T>): Promise<T> {
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
    return await commands(redis);
  } finally {
    redis.disconnect();
  }
}
