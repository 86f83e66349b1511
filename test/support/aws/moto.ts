import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { preparePython, pythonOf } from '../python.ts';
import { freePort } from '../../../rehearsal/loopback.ts';
import { until } from '../until.ts';

const release = 'moto[server]==5.2.5';
const environment = 'moto-5.2.5';

/** Python of the environment that {@link prepareMoto} installs; botocore is there too. */
export const motoPython = pythonOf(environment);

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
export function prepareMoto(): Promise<string | undefined> {
  return preparePython(environment, release);
}
