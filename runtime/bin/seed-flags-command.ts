import { Command } from 'commander';
import { pino } from 'pino';
import { z } from 'zod';
import { seedFlags } from '../app/seed-flags.ts';
import { env } from '../contract/env.ts';
import { namePattern, nameRule } from '../contract/names.ts';
import { parseInput, requireInput } from '../decide/input.ts';
import { connectRedis, requireServer } from '../state/connection.ts';
import { FlagStore } from '../state/flag-store.ts';

const schema = z.object({
  [env.service]: z.string('must be set').regex(namePattern, `must ${nameRule}`),
  [env.redisUrl]: z.string('must be set').min(1, 'must be set'),
});

/** `perch app seed-flags`. */
export function seedFlagsCommand(): Command {
  return new Command('seed-flags')
    .description("Stores the demo app's flags; those that are stored already stay as they are.")
    .option('--json', 'print {flag: "stored" | "kept"}')
    .addHelpText('after', '\nExample:\n  $ perch app seed-flags --json')
    .action(async (options: { json?: boolean }) => {
      const read = requireInput(parseInput(schema, process.env, { secret: [env.redisUrl] }));
      const logger = pino({ level: 'silent' });
      const redis = connectRedis({ url: read[env.redisUrl], name: 'perch-seed-flags', logger });
      try {
        await requireServer(redis);
        const outcomes = await seedFlags(
          new FlagStore(redis, read[env.service], { by: 'seed-flags' }),
        );
        const lines = [...outcomes].map(([key, outcome]) => `${key}: ${outcome}`);
        console.log(options.json ? JSON.stringify(Object.fromEntries(outcomes)) : lines.join('\n'));
      } finally {
        redis.disconnect();
      }
    });
}
