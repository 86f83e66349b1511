import { Command } from 'commander';
import { didYouMean } from '../contract/suggest-name.ts';
import { PerchError } from '../contract/perch-error.ts';
import { drainHost, hostsOf, undrainHost } from '../core/release/host-transitions.ts';
import type { ReleaseDocument } from '../core/release/release-document.ts';
import type { Transition } from '../core/release/transitions.ts';
import { print, timeoutMs, type OutputOptions } from './output.ts';
import { change, changeOf, withPatientSession } from './session.ts';
import { untilApplied, untilDrained } from './wait.ts';

type HostOptions = OutputOptions & { readonly timeout: number; readonly member?: string[] };

/** `perch host`: drains all members of a host and brings them back. */
export function hostCommand(): Command {
  return new Command('host')
    .description('Drain all members of a host before it is changed, and undrain them afterwards.')
    .addCommand(drainCommand())
    .addCommand(undrainCommand());
}

function drainCommand(): Command {
  return subcommand('drain', 'Send the members of a host no new requests. Wait until theirs end.')
    .addHelpText('after', '\nExample:\n  $ perch host drain web-2')
    .action(async (host: string, options: HostOptions) => {
      await withPatientSession(async (session) => {
        const deadline = performance.now() + options.timeout;
        const { generation, members } = await change(
          session,
          onKnownHost(host, (document) => drainHost(document, host)),
        );
        await untilApplied(session, generation, deadline);
        const ids = members
          .filter((member) => member.host === host && member.state === 'draining')
          .map(({ id }) => id);
        for (const id of ids) await untilDrained(session, { id, generation }, deadline);
        const text = `host ${host} is drained (${ids.join(', ') || 'no member'}), generation ${generation}`;
        print(options, { host, members: ids, generation }, text);
      });
    });
}

function undrainCommand(): Command {
  return subcommand('undrain', 'Send the members that `host drain` drained requests again.')
    .option('--member <id...>', 'ids of the only members to undrain')
    .addHelpText('after', '\nExample:\n  $ perch host undrain web-2')
    .action(async (host: string, options: HostOptions) => {
      let changed = false;
      await withPatientSession(async (session) => {
        const deadline = performance.now() + options.timeout;
        const applied = await changeOf(
          session,
          onKnownHost(host, (document) => undrainHost(document, host, options.member)),
        );
        const { generation } = applied.document;
        changed ||= applied.changed;
        await untilApplied(session, generation, deadline);
        const text = changed
          ? `host ${host} serves again`
          : `nothing changed: host ${host} has no member that \`host drain\` drained`;
        print(options, { host, generation, changed }, `${text}, generation ${generation}`);
      });
    });
}

function subcommand(verb: string, description: string): Command {
  return new Command(verb)
    .description(description)
    .argument('<host>', 'name of the host, as `perch status` shows it')
    .option('--timeout <ms>', 'time to wait for the proxies and the requests', timeoutMs, 60_000)
    .option('--json', 'print one line of JSON');
}

/** Refuses a host that has no member, with the nearest name. */
export function onKnownHost(
  host: string,
  transition: (document: ReleaseDocument) => Transition,
): (document: ReleaseDocument) => Transition {
  return (document) => {
    const known = hostsOf(document);
    if (known.includes(host)) return transition(document);
    throw new PerchError('not_found', `host ${host} has no member${didYouMean(host, known)}`);
  };
}
