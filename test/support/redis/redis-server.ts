import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../rehearsal/loopback.ts';
import { until } from '../until.ts';

export interface TestRedisOptions {
  password?: string;
  /** More lines of redis.conf: directive -> value. */
  config?: Record<string, string>;
}

/** A test's redis-server: on a free port of loopback, with its data in a temporary folder. */
export class TestRedis implements AsyncDisposable {
  readonly port: number;
  readonly password: string | undefined;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  constructor(folder: string, port: number, password: string | undefined) {
    this.#folder = folder;
    this.port = port;
    this.password = password;
  }

  get url(): string {
    const login = this.password === undefined ? '' : `:${encodeURIComponent(this.password)}@`;
    return `redis://${login}127.0.0.1:${this.port}`;
  }

  get pid(): number {
    if (this.#process?.pid === undefined) throw new Error('redis-server does not run');
    return this.#process.pid;
  }

  async start(): Promise<void> {
    const log = join(this.#folder, 'log');
    await writeFile(log, '');
    const child = spawn('redis-server', [join(this.#folder, 'redis.conf')], { stdio: 'ignore' });
    this.#process = child;
    await until(
      async () => {
        const text = await readFile(log, 'utf8');
        if (child.exitCode !== null) throw new Error(`redis-server ended:\n${text}`);
        return text.includes('Ready to accept connections');
      },
      { what: 'redis-server to accept connections' },
    );
  }

  /** Stops it with SIGTERM. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Kills it with SIGKILL. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Pauses it with its connections open (SIGSTOP) until {@link resume}. */
  pause(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** Restarts it on the same port without its data. */
  async restartEmpty(): Promise<void> {
    await this.kill();
    await rm(join(this.#folder, 'dump.rdb'), { force: true });
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    // A child that saves a snapshot may outlive its server for a moment.
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10 });
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
}

export async function startRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'perch-redis-'));
  const port = await freePort();
  const config: Record<string, string> = {
    bind: '127.0.0.1',
    port: String(port),
    dir: folder,
    logfile: join(folder, 'log'),
    save: '""',
    ...(options.password === undefined ? {} : { requirepass: options.password }),
    ...options.config,
  };
  const lines = Object.entries(config).map(([directive, value]) => `${directive} ${value}`);
  await writeFile(join(folder, 'redis.conf'), `${lines.join('\n')}\n`, { mode: 0o600 });
  const redis = new TestRedis(folder, port, options.password);
  await redis.start();
  return redis;
}
