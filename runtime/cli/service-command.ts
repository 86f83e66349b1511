import { Command } from 'commander';
import { z } from 'zod';
import { env } from '../contract/env.ts';
import { PerchError } from '../contract/perch-error.ts';
import { parseInput, requireInput } from '../core/input/input.ts';
import { nameSchema } from '../core/input/name-schema.ts';
import {
  guestConfigSchema,
  guestWebhookSchemas,
  sealGuestConfig,
} from '../monitor/services/guest-config.ts';
import { monitorConfigOf } from '../monitor/config.ts';
import { edgeKeysSchema } from '../proxy/settings/setting-schemas.ts';
import { EdgeReports } from '../store/edge/edge-reports.ts';
import { MonitorConfigStore } from '../store/edge/monitor-config-store.ts';
import { ServiceRegistry } from '../store/edge/service-registry.ts';
import { nothingChanged } from './absence.ts';
import { print, table, type OutputOptions } from './output.ts';
import { ofOtherText, otherOwner, ownerOption, ownerSchema, type OwnedOptions } from './owner.ts';
import { readStdinJson } from './read-json.ts';
import { withPatientSession, withSession, type Session } from './session.ts';

const passwordRule = 'must be 16 to 200 letters, digits, dashes or underscores';

const serviceSchema = z.strictObject({
  service: nameSchema(),
  redisPassword: z
    .string(passwordRule)
    .regex(/^[\w-]{16,200}$/, passwordRule)
    .optional(),
  owner: ownerSchema.optional(),
  monitor: z.record(z.string(), z.unknown(), 'must be a JSON object').optional(),
  ...guestWebhookSchemas,
});
const secret = ['redisPassword', 'monitor', 'webhookUrl', 'webhookSecret'];

/** `perch service`: registers guests with the monitors and the Redis of their host stack. */
export function serviceCommand(): Command {
  return new Command('service')
    .description(
      "Register services that use another stack's hosts: a Redis user, and the monitors.",
    )
    .addCommand(setCommand())
    .addCommand(removeCommand())
    .addCommand(releaseCommand())
    .addCommand(listCommand());
}

function setCommand(): Command {
  return new Command('set')
    .description('Register the service on stdin: its Redis user, and what its monitors go by.')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      `\nFields: service, redisPassword, owner (the stack, ORGANIZATION/PROJECT/STACK), monitor (a monitor's configuration), webhookUrl, webhookSecret
\nExample:\n  $ perch service set < blog.json`,
    )
    .action(async (options: OutputOptions) => {
      const given = await readService();
      const { service, redisPassword, owner, monitor } = given;
      const config = monitor === undefined ? undefined : sealed({ ...given, monitor });
      await withPatientSession(async (session) => {
        await requireGuest(session, service);
        const { redis } = session;
        await new ServiceRegistry(redis).set(service, redisPassword, owner);
        const configs = new MonitorConfigStore(redis);
        if (config !== undefined) await configs.write(service, config);
      });
      print(options, { service }, `service ${service} is registered`);
    });
}

function removeCommand(): Command {
  return new Command('remove')
    .description("Remove a service's Redis user and what its monitors go by. Its data stays.")
    .argument('<service>', 'name of the service')
    .addOption(ownerOption())
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  $ perch service remove blog')
    .action(async (service: string, options: OwnedOptions) => {
      let removed = false;
      let other: string | undefined;
      let known: string[] = [];
      await withPatientSession(async ({ redis }) => {
        other = await otherOwner(redis, service, options);
        if (other !== undefined) return;
        const hadConfig = await new MonitorConfigStore(redis).remove(service);
        removed ||= hadConfig;
        const registry = new ServiceRegistry(redis);
        const wasKnown = await registry.remove(service);
        removed ||= wasKnown;
        known = await registry.list();
      });
      const text = removed
        ? `service ${service} is removed`
        : other === undefined
          ? nothingChanged({ what: `service ${service} is not registered`, given: service, known })
          : `nothing changed: service ${service} ${ofOtherText(other)}`;
      print(options, { service, removed }, text);
    });
}

function releaseCommand(): Command {
  return new Command('release')
    .description('Let another stack own a service, after its stack was renamed or is gone.')
    .argument('<service>', 'name of the service')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  $ perch service release blog')
    .action(async (service: string, options: OutputOptions) => {
      let owner: string | undefined;
      await withPatientSession(async ({ redis }) => {
        const released = await new ServiceRegistry(redis).release(service);
        owner ??= released;
      });
      const text =
        owner === undefined
          ? `service ${service} has no owner, nothing is released`
          : `service ${service} is released by ${owner}: the next stack that registers it owns it`;
      print(options, { service, owner: owner ?? null }, text);
    });
}

function listCommand(): Command {
  return new Command('list')
    .description('List the registered services.')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  $ perch service list')
    .action(async (options: OutputOptions) =>
      withSession(async ({ redis }) => {
        const services = await new ServiceRegistry(redis).owners();
        const rows = services.map(({ service, owner }) => [service, owner ?? 'unknown']);
        const text = rows.length === 0 ? 'no services' : table([['SERVICE', 'OWNER'], ...rows]);
        print(options, { services }, text);
      }),
    );
}

/** @throws PerchError `bad_input` for the host stack's service, which would become its own guest. */
async function requireGuest({ redis, service: own }: Session, service: string): Promise<void> {
  const edges = await new EdgeReports(redis).edgeServices();
  if (service !== own && !edges.includes(service)) return;
  const why = service === own ? `, which ${env.service} names` : '';
  throw new PerchError(
    'bad_input',
    `service must not be ${service}, the service of the host stack${why}`,
  );
}

type GivenService = z.infer<typeof serviceSchema>;

/** Reads the service, and checks the configuration of its monitors. */
async function readService(): Promise<GivenService> {
  const value = await readStdinJson({ isSecret: true });
  const given = requireInput(parseInput(serviceSchema, value, { secret }));
  if (given.monitor !== undefined) monitorConfigOf(guestConfigSchema, given.monitor, 'monitor');
  return given;
}

function sealed({
  service,
  monitor,
  webhookUrl,
  webhookSecret,
}: GivenService & { readonly monitor: Readonly<Record<string, unknown>> }): string {
  const keys = z.object({ [env.edgeKey]: edgeKeysSchema.default([]) });
  const read = requireInput(parseInput(keys, process.env, { secret: [env.edgeKey] }));
  return sealGuestConfig(service, { monitor, webhookUrl, webhookSecret }, read[env.edgeKey]);
}
