import { onParentGone } from './processes/parent-watch.ts';

/** Someone wants the rehearsal to end before its time. */
export class Interruption extends Error {
  /** As a shell would say it: 128 and the signal's number. */
  readonly exitCode: number;

  constructor(why: string, exitCode: number) {
    super(why);
    this.name = 'Interruption';
    this.exitCode = exitCode;
  }
}

const signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Rejects with an {@link Interruption} on a signal, at the end of the process that started this
 * one, or of whoever reads the output; and with whatever nobody caught.
 * @param onAgain - called for each further signal: someone is in a hurry.
 */
export function interruption(onAgain: () => void): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  let asked = false;
  const stop = (why: string, exitCode: number) => {
    if (asked) onAgain();
    asked = true;
    reject(new Interruption(why, exitCode));
  };
  for (const [signal, exitCode] of Object.entries(signals)) {
    process.on(signal, () => stop(signal, exitCode));
  }
  onParentGone(() => stop('the process that started it is gone', signals.SIGHUP));
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => reject(new Interruption('nobody reads its output', signals.SIGHUP)));
  }
  process.on('uncaughtException', reject);
  process.on('unhandledRejection', reject);
  return promise;
}
