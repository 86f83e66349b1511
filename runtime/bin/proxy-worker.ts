/** One worker of `perch proxy`, started by its supervisor and ordered about over IPC. */
import { pino } from 'pino';
import { PerchError } from '../contract/perch-error.ts';
import { ProxyWorker } from '../proxy/worker.ts';
import {
  heartbeatMs,
  type WorkerEvent,
  type WorkerCommand,
} from '../proxy/workers/worker-messages.ts';

let worker: ProxyWorker | undefined;
let started: Promise<void> | undefined;

setInterval(() => tell({ kind: 'heartbeat' }), heartbeatMs).unref();

process.on('message', (order: WorkerCommand) => {
  switch (order.kind) {
    case 'start':
      started ??= start(order);
      return;
    case 'drain':
      void drain();
      return;
    case 'collect':
      void worker?.collect().then((metrics) => {
        tell({ kind: 'collected', request: order.request, metrics });
      });
  }
});
// The supervisor is gone: nobody would order this worker to end.
process.on('disconnect', () => void drain());
process.on('SIGTERM', () => void drain());
// A terminal sends these to the whole group; the supervisor says what they mean.
process.on('SIGINT', () => {}).on('SIGHUP', () => {});

async function start({ settings, id }: WorkerCommand & { kind: 'start' }): Promise<void> {
  const logger = pino({ name: 'perch-proxy', level: settings.logLevel }).child({ proxy: id });
  worker = new ProxyWorker({
    settings,
    id,
    logger,
    onStatus: (status) => tell({ kind: 'status', status }),
  });
  try {
    tell({ kind: 'listening', port: await worker.start() });
  } catch (error) {
    if (!(error instanceof PerchError)) throw error;
    process.send?.({ kind: 'failed', code: error.code, message: error.message }, () => {
      process.exit(1);
    });
  }
}

async function drain(): Promise<void> {
  await started;
  await worker?.drain();
  process.exit(0);
}

function tell(news: WorkerEvent): void {
  if (process.connected) process.send?.(news);
}
