/** Process that orders one certificate, started by the proxy that orders and commanded over IPC. */
import { errorMessage } from '../contract/error-message.ts';
import { OrderError } from '../proxy/acme/authority-request.ts';
import { orderCertificate } from '../proxy/acme/order.ts';
import type { OrderCommand, OrderEvent } from '../proxy/acme/order-messages.ts';

const answered = Promise.withResolvers<void>();

process.on('message', (command: OrderCommand) => {
  if (command.kind === 'order') void order(command);
  else answered.resolve();
});
process.on('disconnect', () => process.exit(0));
// Signals of a terminal or of systemd reach the whole group; the proxy ends this process.
process
  .on('SIGTERM', () => {})
  .on('SIGINT', () => {})
  .on('SIGHUP', () => {});

async function order(input: OrderCommand & { kind: 'order' }): Promise<void> {
  try {
    const issued = await orderCertificate(input, {
      publish: (answer) => {
        emit({ kind: 'challenge', ...answer });
        return answered.promise;
      },
    });
    emit({ kind: 'issued', ...issued });
  } catch (error) {
    const failure =
      error instanceof OrderError
        ? error.failure
        : { kind: 'own' as const, text: errorMessage(error) };
    emit({ kind: 'failed', failure });
  }
}

function emit(event: OrderEvent): void {
  if (process.connected) process.send?.(event);
}
