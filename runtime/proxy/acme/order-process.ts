import { fork, type ChildProcess } from 'node:child_process';
import { extname, join } from 'node:path';
import type { OrderFailure } from '../../core/edge/order-failure.ts';
import { OrderError } from './authority-request.ts';
import type { IssuedCertificate, OrderHooks } from './order.ts';
import type { OrderCommand, OrderEvent, OrderInput } from './order-messages.ts';

/** Time for a whole order, milliseconds. */
const orderTimeoutMs = 420_000;

export interface OrderProcessOptions {
  readonly input: OrderInput;
  readonly hooks: OrderHooks;
  /** Ends the order. */
  readonly signal: AbortSignal;
  /** Milliseconds. Default 420,000. */
  readonly timeoutMs?: number;
}

/**
 * Orders a certificate in a process of its own: the client for it costs 40 MB and blocks for 0.2 s
 * or more when it is loaded, and a process can be ended in the middle of an order.
 * @throws OrderError for every failure.
 */
export async function orderInProcess(options: OrderProcessOptions): Promise<IssuedCertificate> {
  const { input, hooks, signal, timeoutMs = orderTimeoutMs } = options;
  const child = fork(
    join(import.meta.dirname, `../../bin/certificate-order${extname(import.meta.filename)}`),
    {
      serialization: 'json',
      env: withoutOwn(process.env),
    },
  );
  const { promise, resolve, reject } = Promise.withResolvers<IssuedCertificate>();
  const fail = (text: string, kind: OrderFailure['kind'] = 'own') =>
    reject(new OrderError({ kind, text }));
  const timeout = setTimeout(
    () => fail(`the order took longer than ${timeoutMs / 1_000} s`, 'unreachable'),
    timeoutMs,
  );
  const abort = () => fail('this proxy stopped, or orders no longer');
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  child.on('error', (error) => fail(`the process that orders did not start: ${error.message}`));
  child.on('exit', (code, by) =>
    fail(`the process that orders ended with ${by ?? `code ${code}`}`),
  );
  child.on('message', (event: OrderEvent) => {
    switch (event.kind) {
      case 'challenge':
        hooks.publish(event).then(() => send(child, { kind: 'answered' }), reject);
        return;
      case 'issued':
        resolve(event);
        return;
      case 'failed':
        reject(new OrderError(event.failure));
    }
  });
  send(child, { kind: 'order', ...input });
  try {
    return await promise;
  } finally {
    clearTimeout(timeout);
    signal.removeEventListener('abort', abort);
    child.kill('SIGKILL');
  }
}

/** The process gets what it needs by messages, and none of the proxy's secrets. */
function withoutOwn(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith('PERCH_')),
  );
}

function send(child: ChildProcess, command: OrderCommand): void {
  if (!child.connected) return;
  child.send(command, () => {
    // A process that has just ended takes no commands; its exit is handled separately.
  });
}
