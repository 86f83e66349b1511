/** One worker of `perch proxy`, started by its supervisor and commanded over IPC. */
import { pino } from 'pino';
import { PerchError } from '../contract/perch-error.ts';
import { makeStringsFast } from '../process/fast-strings.ts';
import { returnMemory } from '../process/return-memory.ts';
import { ProxyWorker } from '../proxy/worker.ts';
import {
  heartbeatMs,
  type WorkerEvent,
  type WorkerCommand,
} from '../proxy/workers/worker-messages.ts';

let worker: ProxyWorker | undefined;
let started: Promise<void> | undefined;

setInterval(() => emit({ kind: 'heartbeat' }), heartbeatMs).unref();

process.on('message', (command: WorkerCommand) => {
  switch (command.kind) {
    case 'start':
      started ??= start(command);
      return;
    case 'drain':
      void drain();
      return;
    case 'collect':
      void worker?.collect().then((metrics) => {
        emit({ kind: 'collected', request: command.request, metrics });
      });
  }
});
// The supervisor has ended, so no command to end would follow.
process.on('disconnect', () => void drain());
process.on('SIGTERM', () => void drain());
// A terminal sends these to the whole process group; only the supervisor acts on them.
process.on('SIGINT', () => {}).on('SIGHUP', () => {});

async function start({
  settings,
  id,
  certificate,
}: WorkerCommand & { kind: 'start' }): Promise<void> {
  const logger = pino({ name: 'perch-proxy', level: settings.logLevel }).child({ proxy: id });
  worker = new ProxyWorker({
    settings,
    id,
    logger,
    lastCertificate: certificate,
    onStatus: (status) => emit({ kind: 'status', status }),
    onCertificate: (read) => emit({ kind: 'certificate', certificate: read }),
  });
  makeStringsFast();
  returnMemory();
  try {
    emit({ kind: 'listening', ports: await worker.start() });
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

function emit(event: WorkerEvent): void {
  if (process.connected) process.send?.(event);
}
