import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { pino } from 'pino';
import { migrate } from '../app/migrate.ts';
import { ValueStore } from '../app/value-store.ts';
import { errorMessage } from '../contract/error-message.ts';
import { stopSignal } from '../process/stop-signal.ts';
import { print, wholeNumber, type OutputOptions } from './output.ts';
import { withSession } from './session.ts';

/** `perch app migrate`: what the demo app's `perch:beforeRelease` runs. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description("Migrate the demo app's stored values. It may be repeated.")
    .option('--json', 'print one line of JSON: the migrations that were made')
    .addHelpText('after', '\nExample:\n  $ perch app migrate')
    .action(async (options: OutputOptions) => {
      const made = await withSession(({ redis, service }) =>
        migrate(new ValueStore(redis, service)),
      );
      const text = made.length === 0 ? 'nothing to migrate' : made.join('\n');
      print(options, made, text);
    });
}

interface WorkOptions {
  readonly taskMs: number;
}

/** `perch app work`: what a worker of the demo app runs. */
export function workCommand(): Command {
  return new Command('work')
    .description('Do tasks of the demo app until SIGTERM, and finish the one that was begun.')
    .option('--task-ms <ms>', 'duration of a task', wholeNumber(1, 60_000), 1_000)
    .addHelpText('after', '\nExample:\n  $ perch app work')
    .action(work);
}

async function work({ taskMs }: WorkOptions): Promise<void> {
  const logger = pino({ name: 'worker' });
  const stop = new AbortController();
  const stopped = stopSignal().then((signal) => {
    logger.info({ signal }, 'worker finishes its task');
    stop.abort();
  });
  logger.info('worker works');
  while (!stop.signal.aborted) {
    await delay(taskMs);
    try {
      const tasks = await withSession(({ redis, service }) =>
        new ValueStore(redis, service).increment('tasks'),
      );
      logger.info({ tasks }, 'task finished');
    } catch (error) {
      logger.warn({ reason: errorMessage(error) }, 'a task failed');
    }
  }
  await stopped;
  logger.info('worker stopped');
}
