import { spawn, type ChildProcess } from 'node:child_process';

/** Event of a container. */
export interface ContainerEvent {
  readonly action: string;
  readonly container: string;
  readonly atMs: number;
  readonly exitCode: string | undefined;
}

interface RawEvent {
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly timeNano: number;
}

/** Events of the containers with a label, from now on. Docker itself remembers only the last 256 of all. */
export class ContainerEvents implements Disposable {
  readonly #child: ChildProcess;
  #output = '';

  constructor(label: string) {
    const filters = ['--filter', 'type=container', '--filter', `label=${label}`];
    this.#child = spawn('docker', ['events', '--format', '{{json .}}', ...filters], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
  }

  /** All so far, in order. */
  get events(): ContainerEvent[] {
    return this.#output
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        const { Action, Actor, timeNano } = JSON.parse(line) as RawEvent;
        const { exitCode } = Actor.Attributes;
        return { action: Action, container: Actor.ID, atMs: timeNano / 1e6, exitCode };
      });
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }
}
