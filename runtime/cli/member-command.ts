import { isIPv6 } from 'node:net';
import { Command } from 'commander';
import { z } from 'zod';
import { bracketed, unbracketed } from '../contract/host-port.ts';
import { tracks } from '../contract/names.ts';
import { parseInput, requireInput } from '../core/input/input.ts';
import type { Member } from '../core/release/release-document.ts';
import { deregisterHost } from '../core/release/host-transitions.ts';
import { drain, release } from '../core/release/transitions.ts';
import { EdgeReports } from '../store/edge/edge-reports.ts';
import { RoutesStore } from '../store/edge/routes-store.ts';
import { SampleStore } from '../store/judge/sample-store.ts';
import { absentMember, isRunByDeployment, nothingChanged, requireKnownMember } from './absence.ts';
import { onKnownHost } from './host-services.ts';
import { activateCommand } from './member-activation.ts';
import { reserveFree } from './member-reservation.ts';
import {
  example,
  idSchema,
  subcommand,
  type GivenOptions,
  type WaitOptions,
} from './member-options.ts';
import { print, timeoutMs } from './output.ts';
import { change, changeOf, withPatientSession, type Session } from './session.ts';
import { untilApplied, untilDrained, untilReported } from './wait.ts';
import { nameSchema } from '../core/input/name-schema.ts';

const name = nameSchema('must be given');
/** Address as it stands in a member's URL. IPv6 comes with or without brackets, in any notation. */
const address = z.string('must be given').transform((text, context) => {
  const known = URL.parse(`http://${bracketed(text)}:1`)?.hostname;
  if (known !== undefined && (known === text || isIPv6(unbracketed(text)))) return known;
  context.addIssue({ code: 'custom', message: 'must be an IP address or a host name' });
  return z.NEVER;
});
const hostSchema = z.object({ host: name });
const reserveSchema = z.object({
  id: name,
  track: z.enum(tracks, `must be one of ${tracks.join(', ')}`),
  version: z
    .string('must be given')
    .min(1, 'must not be empty')
    .max(200, 'must be 200 characters at most'),
  host: name,
  address,
});

/** `perch member`: manages one container's entry in the release document. */
export function memberCommand(): Command {
  return (
    new Command('member')
      .description(
        'Reserve, activate, drain and deregister a member. A deployment may repeat each command.',
      )
      .addCommand(reserveCommand())
      .addCommand(activateCommand())
      .addCommand(drainCommand())
      .addCommand(deregisterCommand('deregister'))
      // The name in release 0.1: a deployed stack calls it when it deletes a member.
      .addCommand(deregisterCommand('release'), { hidden: true })
  );
}

function reserveCommand(): Command {
  return subcommand('reserve', 'Reserve an id and a host port before the container is created.')
    .option('--track <track>', `track of the member: ${tracks.join(' or ')}; required`)
    .option('--version <version>', 'version that the container runs; required')
    .option('--host <name>', 'name of the host that the container runs on; required')
    .option(
      '--address <address>',
      'IP address or host name by which proxies reach the host; required',
    )
    .addHelpText(
      'after',
      example('reserve --id shop-1 --track stable --version 1.4.2 --host web-1 --address 10.0.0.5'),
    )
    .action(async (options: GivenOptions) => {
      const reservation = requireInput(parseInput(reserveSchema, options));
      await withPatientSession(async (session) => {
        const member = await reserveFree(session, reservation);
        const port = Number(new URL(member.url).port);
        print(options, { ...member, port }, `reserved ${member.url} for member ${member.id}`);
      });
    });
}

function drainCommand(): Command {
  return subcommand('drain', 'Send a member no new requests. Wait until its running requests end.')
    .option('--timeout <ms>', 'time to wait for the proxies and the requests', timeoutMs, 60_000)
    .addHelpText('after', example('drain --id shop-1 --timeout 30000'))
    .action(async (options: WaitOptions) => {
      const { id } = requireInput(parseInput(idSchema, options));
      await withPatientSession(async (session) => {
        const deadline = performance.now() + options.timeout;
        if (!isRunByDeployment()) await requireRegistered(session, id);
        // The container stops next, so a document that Redis lost must not look like a drained one.
        const { redis, service, reports } = session;
        await untilReported({
          service,
          reports,
          edge: new EdgeReports(redis),
          routes: new RoutesStore(redis),
        });
        let generation: number;
        let members: readonly Member[];
        do {
          ({ generation, members } = await change(session, (document) => drain(document, id)));
          await untilApplied(session, generation, deadline);
          await untilDrained(session, { id, generation }, deadline);
          // Meanwhile a person may have restored a document in which the member is active.
        } while (await isActive(session, id));
        const member = members.find((one) => one.id === id);
        const text =
          member === undefined
            ? nothingChanged(absentMember({ members }, id))
            : drainedText(member);
        const registered = member !== undefined;
        print(options, { id, generation, registered }, `${text}, generation ${generation}`);
      });
    });
}

function deregisterCommand(verb: 'deregister' | 'release'): Command {
  const what = 'Free the id and port of a member after its container is removed.';
  return subcommand(verb, what, 'id of the member; or --host')
    .option('--host <name>', 'instead of --id: all members of a host that died')
    .addHelpText('after', example('deregister --id shop-1'))
    .action(async (options: GivenOptions) => {
      if (options['host'] !== undefined && options['id'] === undefined) {
        await deregisterDeadHost(options);
        return;
      }
      const { id } = requireInput(parseInput(idSchema, options));
      let removed = false;
      await withPatientSession(async (session) => {
        const { changed, document } = await changeOf(session, (now) => release(now, id));
        const { generation } = document;
        removed ||= changed;
        const text = removed
          ? `member ${id} is deregistered`
          : nothingChanged(absentMember(document, id));
        print(options, { id, generation, removed }, `${text}, generation ${generation}`);
      });
    });
}

/**
 * Frees the ids and ports of all members of a host that is silent. Members that may be alive
 * stay: a host whose monitor reports has to be drained first.
 */
async function deregisterDeadHost(options: GivenOptions): Promise<void> {
  const { host } = requireInput(parseInput(hostSchema, options));
  await withPatientSession(async (session) => {
    const samples = await new SampleStore(session.redis, session.service).list();
    const reports = samples.some((sample) => sample.host === host);
    const { generation } = await change(
      session,
      onKnownHost(host, (document) => {
        const isServing = document.members.some(
          (member) => member.host === host && member.state === 'active',
        );
        if (!reports || !isServing) return deregisterHost(document, host);
        return {
          kind: 'refused',
          rule: `host ${host} is alive: its monitor reports, and it has active members; drain it first`,
        };
      }),
    );
    print(
      options,
      { host, generation },
      `the members of host ${host} are deregistered, generation ${generation}`,
    );
  });
}

/** @throws PerchError `not_found` with the nearest id. */
async function requireRegistered(session: Session, id: string): Promise<void> {
  await change(session, (document) => {
    requireKnownMember(document, id);
    return { kind: 'unchanged' };
  });
}

function drainedText({ id, state }: Member): string {
  return state === 'reserved'
    ? `nothing changed: member ${id} is only reserved and gets no requests`
    : `member ${id} is drained`;
}

/** @throws PerchError as `requireNewest` of the store: an older document does not count. */
async function isActive({ releases }: Session, id: string): Promise<boolean> {
  await releases.requireNewest();
  const read = await releases.read();
  if (read.kind !== 'found') return false;
  return read.document.members.some((member) => member.id === id && member.state === 'active');
}
