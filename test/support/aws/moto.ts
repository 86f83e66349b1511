import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../redis/redis-server.ts';
import { until } from '../until.ts';

const run = promisify(execFile);
const release = 'moto[server]==5.2.5';
const cache = join(import.meta.dirname, '../../../node_modules/.cache');
const environment = join(cache, 'moto-5.2.5');

/** Python of the environment that {@link prepareMoto} installs; botocore is there too. */
export const motoPython = join(environment, 'bin/python');

/** Emulator of AWS for the real clients. */
export class Moto implements AsyncDisposable {
  readonly endpoint: string;
  readonly #process: ChildProcess;

  private constructor(endpoint: string, process: ChildProcess) {
    this.endpoint = endpoint;
    this.#process = process;
  }

  /** @param program Python's arguments that start a server. Default: moto as it is. */
  static async start(program: readonly string[] = ['-m', 'moto.server']): Promise<Moto> {
    const port = await freePort();
    const endpoint = `http://127.0.0.1:${port}`;
    const child = spawn(motoPython, [...program, '-H', '127.0.0.1', '-p', String(port)], {
      stdio: 'ignore',
    });
    const moto = new Moto(endpoint, child);
    await until(
      () =>
        fetch(`${endpoint}/moto-api/`).then(
          ({ ok }) => ok,
          () => false,
        ),
      {
        what: 'moto to answer',
        everyMs: 100,
      },
    );
    return moto;
  }

  /** Drops all metrics, alarms and messages. */
  async reset(): Promise<void> {
    await fetch(`${this.endpoint}/moto-api/reset`, { method: 'POST' });
  }

  /** All SMS that it accepted, oldest first. */
  async messages(): Promise<[number: string, text: string][]> {
    const response = await fetch(`${this.endpoint}/moto-api/data.json`);
    const data = (await response.json()) as { sns?: Record<string, unknown[]> };
    return (data.sns?.['SNSBackend'] ?? []) as [string, string][];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }
}

/**
 * Installs moto into a virtual environment under node_modules/.cache.
 * @returns the reason if it cannot.
 */
export async function prepareMoto(): Promise<string | undefined> {
  const ready = () =>
    access(motoPython).then(
      () => true,
      () => false,
    );
  if (await ready()) return undefined;
  const building = `${environment}.${process.pid}`;
  try {
    await mkdir(cache, { recursive: true });
    await run('python3', ['-m', 'venv', building]);
    await run(join(building, 'bin/python'), ['-m', 'pip', 'install', '--quiet', release]);
    await rename(building, environment);
    return undefined;
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    if (await ready()) return undefined;
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
    // The same reason in every process.
    return `moto could not be installed by python3: ${reason.replaceAll(building, environment)}`;
  }
}
