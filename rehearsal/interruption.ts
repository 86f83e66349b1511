import { onParentGone } from './processes/parent-watch.ts';

/** Request to end the rehearsal early. */
export class Interruption extends Error {
  /** Exit code by the shells' convention: 128 plus the signal's number. */
  readonly exitCode: number;

  constructor(reason: string, exitCode: number) {
    super(reason);
    this.name = 'Interruption';
    this.exitCode = exitCode;
  }
}

const signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Rejects with an {@link Interruption} on a signal, or if the parent process or the reader of the
 * output is gone. Rejects with an uncaught error, too.
 * @param onAgain called for each further signal, to end at once.
 */
export function interruption(onAgain: () => void): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  let isRequested = false;
  const stop = (reason: string, exitCode: number) => {
    if (isRequested) onAgain();
    isRequested = true;
    reject(new Interruption(reason, exitCode));
  };
  for (const [signal, exitCode] of Object.entries(signals)) {
    process.on(signal, () => stop(signal, exitCode));
  }
  onParentGone(() => stop('the parent process is gone', signals.SIGHUP));
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () =>
      reject(new Interruption('the reader of the output is gone', signals.SIGHUP)),
    );
  }
  process.on('uncaughtException', reject);
  process.on('unhandledRejection', reject);
  return promise;
}
