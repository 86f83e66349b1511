import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { Command } from 'commander';
import { z } from 'zod';
import { PerchError } from '../contract/perch-error.ts';
import { parseInput, requireInput } from '../core/input/input.ts';
import { longestMessage, longestPageBytes } from '../core/release/maintenance.ts';
import { MaintenanceStore } from '../store/release/maintenance-store.ts';
import { noRelease } from './absence.ts';
import { printHint } from './diagnostics.ts';
import { oneLine } from '../core/input/note-schemas.ts';
import { print, timeoutMs, type OutputOptions } from './output.ts';
import { withPatientSession, type Session } from './session.ts';
import { untilMaintained } from './wait.ts';

interface MaintenanceOptions extends OutputOptions {
  readonly timeout: number;
  readonly message?: string;
  readonly page?: string;
}

const schema = z.object({
  message: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .regex(...oneLine)
    .max(longestMessage, `must be ${longestMessage} characters at most`)
    .optional(),
});

const onHelp = `
Every request gets 503 with Retry-After, but not the health checks of load balancers, and not testers
who choose a track with the override token. Requests in flight end as usual.

Examples:
  $ perch maintenance on --message "We are back at 14:00 UTC."
  $ perch maintenance on --page - < maintenance.html`;

/** `perch maintenance`: lets the proxies answer in place of the service. */
export function maintenanceCommand(): Command {
  return new Command('maintenance')
    .description('Answer all requests of the service with 503 while it is in maintenance.')
    .addCommand(onCommand())
    .addCommand(offCommand());
}

function onCommand(): Command {
  return subcommand('on', 'Begin a maintenance, or change its message and page.')
    .option('--message <text>', 'message of one line, for clients that want no HTML')
    .option(
      '--page <file>',
      `HTML for browsers, ${longestPageBytes / 1_024} KiB at most; - for stdin`,
    )
    .addHelpText('after', onHelp)
    .action(async (options: MaintenanceOptions) => {
      const { message } = requireInput(parseInput(schema, options));
      const page = options.page === undefined ? undefined : await pageIn(options.page);
      await withPatientSession(async (session) => {
        await requireRelease(session);
        const { redis, service, by } = session;
        const given = { on: true, by, ...(message !== undefined && { message }), page };
        const { at } = await new MaintenanceStore(redis, service).write(given);
        await show(session, options, { on: true, at });
      });
    });
}

function offCommand(): Command {
  return subcommand('off', 'End the maintenance: requests reach the members again.')
    .addHelpText('after', '\nExample:\n  $ perch maintenance off')
    .action(async (options: MaintenanceOptions) =>
      withPatientSession(async (session) => {
        await requireRelease(session);
        const { redis, service, by, reports } = session;
        const store = new MaintenanceStore(redis, service);
        const known = await store.read();
        // Redis may have lost what the proxies still apply.
        const applied = (await reports.list()).some(({ maintenance }) => maintenance?.on === true);
        if (known?.on !== true && !applied) {
          const text = `nothing changed: service ${service} is not in maintenance`;
          print(options, { service, on: false, changed: false, proxies: [] }, text);
          return;
        }
        const { at } = await store.write({ on: false, by });
        await show(session, options, { on: false, at });
      }),
    );
}

function subcommand(verb: string, description: string): Command {
  return new Command(verb)
    .description(description)
    .option('--timeout <ms>', 'time to wait for the proxies', timeoutMs, 30_000)
    .option('--json', 'print one line of JSON');
}

/** Prints the change once every live proxy applies it. */
async function show(
  { reports, service }: Session,
  options: MaintenanceOptions,
  { on, at }: { readonly on: boolean; readonly at: number },
): Promise<void> {
  const { applied, unaware } = await untilMaintained(
    { reports },
    at,
    performance.now() + options.timeout,
  );
  if (unaware.length > 0) {
    printHint(`${unaware.join(', ')} are of an older release, which knows no maintenance`);
  }
  const what = on ? 'is in maintenance' : 'is served again';
  const by =
    applied.length === 0 ? 'but no live proxy applies it' : `applied by ${applied.join(', ')}`;
  print(
    options,
    { service, on, changed: true, proxies: applied },
    `service ${service} ${what}, ${by}`,
  );
}

/** @throws PerchError `not_found` for a service without a release document. */
async function requireRelease(session: Session): Promise<void> {
  if ((await session.releases.read()).kind === 'absent') throw await noRelease(session);
}

/** Reads the page. @throws PerchError `bad_input`. */
async function pageIn(file: string): Promise<string> {
  const bytes = file === '-' ? await buffer(process.stdin) : await contentOf(file);
  if (bytes.length === 0)
    throw new PerchError('bad_input', `--page must not be empty, got ${file}`);
  if (bytes.length > longestPageBytes) {
    const rule = `--page must have at most ${longestPageBytes} bytes`;
    throw new PerchError('bad_input', `${rule}, got ${bytes.length} in ${file}`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new PerchError('bad_input', `--page must be UTF-8, got ${file}`, { cause });
  }
}

async function contentOf(file: string): Promise<Buffer> {
  return await readFile(file).catch((cause: unknown) => {
    throw new PerchError('bad_input', `--page must be a readable file, got ${file}`, { cause });
  });
}
