import { Command } from 'commander';
import { z } from 'zod';
import { env } from '../contract/env.ts';
import { PerchError, type InputProblem } from '../contract/perch-error.ts';
import type { GivenCertificate } from '../core/edge/certificate-check.ts';
import type { Certificate } from '../core/edge/certificate.ts';
import { hostsInUse } from '../core/edge/presented-certificates.ts';
import { routeConflicts, type RouteClaim } from '../core/edge/route-conflicts.ts';
import { inputError, parseInput, type Parsed } from '../core/input/input.ts';
import { nameSchema } from '../core/input/name-schema.ts';
import { edgeKeysSchema } from '../proxy/settings/setting-schemas.ts';
import { checkUsable } from '../proxy/tls/certificate-fault.ts';
import {
  certificateRecord,
  ownCertificateName,
  removedCertificateRecord,
} from '../store/edge/certificate-record.ts';
import { EdgeRecords, type EdgeRecord } from '../store/edge/edge-records.ts';
import { EdgeReports } from '../store/edge/edge-reports.ts';
import { openCertificates } from '../store/edge/open-certificates.ts';
import { RoutesStore } from '../store/edge/routes-store.ts';
import { SealingKeys } from '../store/edge/sealing-keys.ts';
import { nothingChanged } from './absence.ts';
import { isoMinute } from './certificate-text.ts';
import { readStdinCertificate } from './given-certificate.ts';
import { listedCertificates } from './listed-certificates.ts';
import { ofOtherText, otherOwner, ownerOption, requireOwner, type OwnedOptions } from './owner.ts';
import { collect, print, table, timeoutMs, type OutputOptions } from './output.ts';
import { withPatientSession, withSession, type Session } from './session.ts';
import { untilPresented } from './wait.ts';

type ChangeOptions = OwnedOptions & { readonly timeout: number };
type SetOptions = ChangeOptions & {
  readonly host: readonly string[];
  readonly pathPrefix?: string;
};

const about = `
Environment:
  ${env.service}   service of the proxies, under whose keys their certificates lie
  ${env.redisUrl} URL of their Redis`;

const sealing = `
  ${env.edgeKey}  keys of the proxies, of which the first one seals the private key`;

/** `perch certificate`: own certificates of services, for the proxies of one edge. */
export function certificateCommand(): Command {
  return new Command('certificate')
    .description("Give the proxies services' own certificates.")
    .addCommand(setCommand())
    .addCommand(removeCommand())
    .addCommand(listCommand());
}

function setCommand(): Command {
  return changing(
    'set',
    'Present the certificate on stdin for the hosts of a service: the chain in PEM, the leaf first, and its private key.',
  )
    .option(
      '--host <name>',
      "host that it must cover; may be repeated (default: those of the service's route)",
      collect,
      [],
    )
    .option(
      '--path-prefix <path>',
      'path prefix for which the service will register the hosts (default: that of its route)',
    )
    .addHelpText(
      'after',
      `${about}${sealing}\n\nExample:\n  $ cat chain.pem key.pem | perch certificate set blog`,
    )
    .action(async (service: string, options: SetOptions) => {
      const stdin = await readStdinCertificate();
      const read = settings(service);
      await withPatientSession(async (session) => {
        await requireOwner(session.redis, service, options);
        const { routes } = await new RoutesStore(session.redis).read();
        const route = routes.find((one) => one.service === service);
        const hosts = options.host.length > 0 ? options.host : (route?.hosts ?? []);
        const claim = { service, hosts, pathPrefix: options.pathPrefix ?? route?.pathPrefix };
        const checked = stdin.given === undefined ? undefined : check(stdin.given, hosts);
        const problems = [
          ...problemsOf(read),
          ...(await edgeProblems(session)),
          ...claimProblems(claim, routes),
          ...(stdin.rule === undefined ? [] : [{ field: 'stdin', rule: stdin.rule }]),
          ...(checked === undefined ? [] : problemsOf(checked)),
        ];
        if (problems.length > 0 || !read.ok || checked?.ok !== true) {
          throw inputError(problems);
        }
        const certificate = checked.value;
        const record = certificateRecord(ownCertificateName(service), certificate);
        const presenting = await store(session, service, {
          record,
          keys: read.value.keys,
          options,
        });
        const { hosts: covered, notAfterMs } = certificate;
        const uses = { routes, acmeHosts: [], edgeService: session.service };
        const used = hostsInUse({ hosts: covered, service }, uses);
        const what = `certificate of ${service} for ${covered.join(', ')} until ${isoMinute(notAfterMs)}`;
        const useText = used.length > 0 ? '' : `; ${unusedText(service, route !== undefined)}`;
        print(
          options,
          { service, hosts: covered, notAfterMs, proxies: presenting, hostsInUse: used },
          `${what} is stored, ${appliedText(presenting)}${useText}`,
        );
      });
    });
}

function removeCommand(): Command {
  return changing('remove', "Present a service's own certificate no longer.")
    .addHelpText('after', `${about}${sealing}\n\nExample:\n  $ perch certificate remove blog`)
    .action(async (service: string, options: ChangeOptions) => {
      const read = settings(service);
      let removed = false;
      await withPatientSession(async (session) => {
        const problems = [...problemsOf(read), ...(await edgeProblems(session))];
        if (problems.length > 0 || !read.ok) {
          throw inputError(problems);
        }
        const other = await otherOwner(session.redis, service, options);
        if (other !== undefined) {
          const text = `nothing changed: the certificate of ${service} ${ofOtherText(other)}`;
          print(options, { service, removed }, text);
          return;
        }
        await requireUnused(session, service);
        removed ||= await hasOwn(session, service);
        const record = removedCertificateRecord(service);
        const presenting = await store(session, service, {
          record,
          keys: read.value.keys,
          options,
        });
        const text = removed
          ? `certificate of ${service} is removed, ${appliedText(presenting)}`
          : nothingChanged({
              what: `service ${service} has no certificate of its own`,
              given: service,
              known: [],
            });
        print(options, { service, removed, proxies: presenting }, text);
      });
    });
}

function listCommand(): Command {
  return new Command('list')
    .description('List the certificates of the proxies, without their private keys.')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', `${about}\n\nExample:\n  $ perch certificate list`)
    .action(async (options: OutputOptions) =>
      withSession(async (session) => {
        const problems = await edgeProblems(session);
        if (problems.length > 0) throw inputError(problems);
        const certificates = await listedCertificates(session.redis, session.service);
        const rows = certificates.map(
          ({ hosts, source, service, notAfterMs, hostsInUse: used }) => [
            hosts.join(', '),
            service === undefined ? source : `${source}, service ${service}`,
            isoMinute(notAfterMs),
            used.join(', ') || 'none',
          ],
        );
        const text =
          rows.length === 0
            ? 'no certificates'
            : table([['HOSTS', 'SOURCE', 'UNTIL', 'IN USE FOR'], ...rows]);
        print(options, { certificates }, text);
      }),
    );
}

function changing(verb: string, description: string): Command {
  return new Command(verb)
    .description(description)
    .argument('<service>', 'name of the service')
    .option('--timeout <ms>', 'time to wait for the proxies', timeoutMs, 60_000)
    .addOption(ownerOption())
    .option('--json', 'print one line of JSON');
}

const keyRule = 'must be set, because it seals private keys';
const settingsSchema = z.object({
  service: nameSchema(),
  [env.edgeKey]: z.string(keyRule).min(1, keyRule).pipe(edgeKeysSchema),
});

function settings(service: string): Parsed<{ readonly keys: readonly string[] }> {
  const input = { service, [env.edgeKey]: process.env[env.edgeKey] };
  const parsed = parseInput(settingsSchema, input, { secret: [env.edgeKey] });
  return parsed.ok ? { ok: true, value: { keys: parsed.value[env.edgeKey] } } : parsed;
}

function problemsOf(parsed: Parsed<unknown>): readonly InputProblem[] {
  return parsed.ok ? [] : parsed.problems;
}

function check(given: GivenCertificate, hosts: readonly string[]): Parsed<Certificate> {
  const checked = checkUsable(given, { hosts, nowMs: Date.now() });
  return checked.ok ? { ok: true, value: checked.certificate } : checked;
}

/** Hosts that another service has registered: no service may speak for them. */
function claimProblems(claim: RouteClaim, routes: readonly RouteClaim[]): InputProblem[] {
  return routeConflicts(claim, routes).map((conflict) => ({
    field: '--host',
    rule: `must be of no other service: ${conflict}`,
  }));
}

async function hasOwn({ redis, service: edge }: Session, service: string): Promise<boolean> {
  return (await openCertificates(redis, edge)).some(({ owner }) => owner === service);
}

/** Under the keys of a guest no proxy looks for certificates. */
async function edgeProblems({ redis, service }: Session): Promise<readonly InputProblem[]> {
  const edges = await new EdgeReports(redis).edgeServices();
  if (edges.length === 0 || edges.includes(service)) return [];
  const rule = `must be the service of the proxies, ${edges.join(' or ')}`;
  return [{ field: env.service, rule, value: service }];
}

/** @throws PerchError `transition_refused` while the service's route needs its certificate. */
async function requireUnused({ redis }: Session, service: string): Promise<void> {
  const { routes } = await new RoutesStore(redis).read();
  const route = routes.find((one) => one.service === service);
  if (route?.tls !== 'certificate') return;
  const rule = `the route of ${service} has tls certificate, so ${route.hosts.join(', ')} would answer no https`;
  throw new PerchError('transition_refused', `${rule}; change or remove the route first`);
}

interface StoredChange {
  readonly record: Omit<EdgeRecord, 'revision'>;
  /** Secret. */
  readonly keys: readonly string[];
  readonly options: ChangeOptions;
}

/**
 * Stores a record and waits for the proxies.
 * @returns the ids of the proxies that go by it.
 * @throws PerchError `bad_input`, `not_applied`, or one of the connection.
 */
async function store(
  { redis, service: edge, reports }: Session,
  service: string,
  { record, keys, options }: StoredChange,
): Promise<string[]> {
  const records = new EdgeRecords(redis, edge, new SealingKeys(keys));
  const { records: opened, unreadable } = await records.read();
  if (opened.length === 0 && unreadable.length > 0) {
    const rule = `must hold a key of the proxies: it opens nothing of what they stored`;
    throw new PerchError('bad_input', `${env.edgeKey} ${rule}`);
  }
  const { revision } = await records.put(record);
  const deadline = performance.now() + options.timeout;
  return await untilPresented({ reports }, { service, revision }, deadline);
}

function appliedText(proxies: readonly string[]): string {
  return proxies.length === 0
    ? 'but no live proxy takes certificates from Redis'
    : `and applied by ${proxies.join(', ')}`;
}

/** Condition under which a stored certificate is presented. */
function unusedText(service: string, isRouted: boolean): string {
  return isRouted
    ? `it is not in use until the route of ${service} has one of these hosts`
    : `it is not in use until a route of ${service} with tls certificate is registered`;
}
