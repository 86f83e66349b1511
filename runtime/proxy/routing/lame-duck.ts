import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { lameDuck } from '../../contract/lame-duck.ts';
import type { RequestHead } from '../http/message/request-head.ts';

export interface LameDuckOptions {
  /** Folder with the marker. Undefined: the proxy is never a lame duck. */
  readonly stateDir: string | undefined;
  /** Path that load balancers request. */
  readonly healthPath: string;
}

/** State of a proxy whose machine is about to stop: it fails health checks, and answers the rest. */
export class LameDuck {
  readonly #file: string | undefined;
  readonly #healthPath: string;
  #isOn = false;

  constructor({ stateDir, healthPath }: LameDuckOptions) {
    this.#file = stateDir === undefined ? undefined : join(stateDir, lameDuck.file);
    this.#healthPath = healthPath;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** Looks for the marker; to be called about once a second. Never throws. */
  async refresh(): Promise<void> {
    if (this.#file === undefined) return;
    try {
      const { mtimeMs } = await stat(this.#file);
      this.#isOn = Date.now() - mtimeMs < lameDuck.longestMs;
    } catch {
      // Nearly always there is none; and without knowing of one, a proxy serves.
      this.#isOn = false;
    }
  }

  /** Reports whether a request has to fail because it is a health check. */
  refuses({ target }: Pick<RequestHead, 'target'>): boolean {
    return this.#isOn && target === this.#healthPath;
  }
}
