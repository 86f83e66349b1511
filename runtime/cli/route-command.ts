import { Command } from 'commander';
import { env } from '../contract/env.ts';
import { PerchError } from '../contract/perch-error.ts';
import { requireRoute, type EdgeRoute, type StoredRoute } from '../core/edge/route.ts';
import { claimText } from '../core/edge/route-conflicts.ts';
import { RoutesStore, type RoutesOutcome } from '../store/edge/routes-store.ts';
import { EdgeReports } from '../store/edge/edge-reports.ts';
import { nothingChanged } from './absence.ts';
import { print, table, timeoutMs, type OutputOptions } from './output.ts';
import { ofOtherText, otherOwner, ownerOption, requireOwner, type OwnedOptions } from './owner.ts';
import { readStdinJson } from './read-json.ts';
import { withPatientSession, withSession, type Session } from './session.ts';
import { untilRouted } from './wait.ts';

type ChangeOptions = OwnedOptions & { readonly timeout: number };
type SetOptions = ChangeOptions & { readonly dryRun?: boolean };

/** `perch route`: registers services with the proxies of one edge. */
export function routeCommand(): Command {
  return new Command('route')
    .description('Register the host names and path prefixes of services with the proxies.')
    .addCommand(setCommand())
    .addCommand(removeCommand())
    .addCommand(listCommand());
}

function setCommand(): Command {
  const route = '{"service":"blog","hosts":["blog.example.com"],"tls":"acme"}';
  return changing('set', 'Register the route on stdin in place of the last one of its service.')
    .option('--dry-run', 'only check that nothing forbids it')
    .addHelpText(
      'after',
      '\nFields: service, hosts, pathPrefix, healthPath, healthHost, assetPaths, tls, hstsSeconds' +
        `\n\nExample:\n  $ echo '${route}' | perch route set`,
    )
    .action(async (options: SetOptions) => {
      const given = requireRoute(await readStdinJson({ isSecret: false }));
      if (options.dryRun === true) {
        await check(given, options);
        return;
      }
      await withPatientSession(async (session) => {
        await requireOwner(session.redis, given.service, options);
        const outcome = await new RoutesStore(session.redis).set(given);
        const text = `route of ${given.service} is registered: ${claimsText(given)}`;
        await show(session, options, {
          outcome,
          text,
          note: () => certificateNote(session, given),
        });
      });
    });
}

/** Remark on a route that gets no certificate; no text for any other. */
async function certificateNote({ redis }: Session, { tls }: EdgeRoute): Promise<string> {
  if (tls !== 'acme') return '';
  const live = await new EdgeReports(redis).list();
  if (live.length === 0 || live.some(({ acme }) => acme === true)) return '';
  return `; it gets no certificate, because no proxy has --tls-listen and ${env.edgeKey}`;
}

/** @throws PerchError `transition_refused` if another service has a host, or another stack the service. */
async function check(route: EdgeRoute, options: OwnedOptions): Promise<void> {
  await withSession(async ({ redis }) => {
    await requireOwner(redis, route.service, options);
    const rule = await new RoutesStore(redis).refusal(route);
    if (rule !== undefined) throw new PerchError('transition_refused', rule);
  });
  const { service } = route;
  print(options, { service }, `nothing forbids the route of ${service}: ${claimsText(route)}`);
}

function removeCommand(): Command {
  return changing('remove', 'Remove the route of a service. Its requests in flight end.')
    .argument('<service>', 'name of the service')
    .addHelpText('after', '\nExample:\n  $ perch route remove blog')
    .action(async (service: string, options: ChangeOptions) =>
      withPatientSession(async (session) => {
        const other = await otherOwner(session.redis, service, options);
        if (other !== undefined) {
          const text = `nothing changed: the route of ${service} ${ofOtherText(other)}`;
          print(options, { removed: false }, text);
          return;
        }
        const outcome = await new RoutesStore(session.redis).remove(service);
        const removed = outcome.kind === 'changed';
        const text = removed
          ? `route of ${service} is removed`
          : nothingChanged({
              what: `service ${service} has no route`,
              given: service,
              known: outcome.kind === 'refused' ? [] : outcome.document.routes.map(serviceOf),
            });
        await show(session, options, { outcome, text, more: { removed } });
      }),
    );
}

function listCommand(): Command {
  return new Command('list')
    .description('List the routes of all services.')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  $ perch route list')
    .action(async (options: OutputOptions) =>
      withSession(async ({ redis }) => {
        const document = await new RoutesStore(redis).read();
        const rows = document.routes.map((route) => [route.service, route.tls, claimsText(route)]);
        const text =
          rows.length === 0 ? 'no routes' : table([['SERVICE', 'TLS', 'HOSTS'], ...rows]);
        print(options, document, text);
      }),
    );
}

function serviceOf({ service }: Pick<StoredRoute, 'service'>): string {
  return service;
}

function changing(verb: string, description: string): Command {
  return new Command(verb)
    .description(description)
    .option('--timeout <ms>', 'time to wait for the proxies', timeoutMs, 60_000)
    .addOption(ownerOption())
    .option('--json', 'print one line of JSON');
}

interface ShownChange {
  readonly outcome: RoutesOutcome;
  readonly text: string;
  /** Fields of the JSON besides the generation. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** Returns what the text adds once the proxies route by the change. */
  readonly note?: () => Promise<string>;
}

/**
 * Prints a change once every live proxy routes by it.
 * @throws PerchError `transition_refused` if another service has a host, `not_applied`.
 */
async function show(
  { redis }: Session,
  options: ChangeOptions,
  { outcome, text, more, note = async () => '' }: ShownChange,
): Promise<void> {
  if (outcome.kind === 'refused') throw new PerchError('transition_refused', outcome.rule);
  const { generation } = outcome.document;
  await untilRouted(
    { reports: new EdgeReports(redis) },
    generation,
    performance.now() + options.timeout,
  );
  const added = await note();
  print(options, { generation, ...more }, `${text}, generation ${generation}${added}`);
}

function claimsText({ hosts, pathPrefix }: Pick<StoredRoute, 'hosts' | 'pathPrefix'>): string {
  return hosts.map((host) => claimText(host, pathPrefix)).join(', ');
}
