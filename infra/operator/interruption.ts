const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface Interrupted extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * Aborts its signal when the process is asked to end, so that commands end in order. A second
 * request ends the process at once.
 */
export function interruption(): Interrupted {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  for (const name of signals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}
