import { Command } from 'commander';
import { PerchError } from '../contract/perch-error.ts';
import { drainHost, undrainHost } from '../core/release/host-transitions.ts';
import { isConsole, servicesOnHost, type ServiceOnHost } from './host-services.ts';
import { print, timeoutMs, type OutputOptions } from './output.ts';
import { change, changeOf, withPatientSession, type Session } from './session.ts';
import { untilApplied, untilDrained } from './wait.ts';

type HostOptions = OutputOptions & {
  readonly timeout: number;
  readonly member?: string[];
  readonly acceptOutage?: boolean;
};

/** `perch host`: drains all members of a host and brings them back. */
export function hostCommand(): Command {
  return new Command('host')
    .description('Drain all members of a host before it is changed, and undrain them afterwards.')
    .addCommand(drainCommand())
    .addCommand(undrainCommand());
}

/** Members of a service on a host after a change of them. */
interface Drained {
  readonly session: Session;
  readonly ids: readonly string[];
  readonly generation: number;
}

function drainCommand(): Command {
  return subcommand('drain', 'Send the members of a host no new requests. Wait until theirs end.')
    .option('--accept-outage', 'leave services undrained whose last members are there')
    .addHelpText('after', `${scope}\nExample:\n  $ perch host drain web-2`)
    .action(async (host: string, options: HostOptions) => {
      await withPatientSession(async (session) => {
        const deadline = performance.now() + options.timeout;
        const services = (await servicesOnHost(session, host)).filter(
          (one) => !isConsole(one, session),
        );
        const refusals = services.flatMap((one) => refusal(one, host, session));
        if (refusals.length > 0 && options.acceptOutage !== true) {
          const rules = refusals.map(({ rule }) => rule);
          throw new PerchError('transition_refused', rules.join('; '));
        }
        const left = refusals.map(({ service }) => service);
        const drained: Drained[] = [];
        for (const one of services.filter((each) => !left.includes(each.session.service))) {
          drained.push(await drain(one, host));
        }
        for (const each of drained) await untilEnded(each, deadline);
        const { generation = 0, ids: members = [] } =
          drained.find((each) => each.session === session) ?? {};
        const ids = drained.flatMap((each) => each.ids);
        const text =
          ids.length === 0 && refusals.length > 0
            ? `host ${host} is not drained`
            : `host ${host} is drained (${ids.join(', ') || 'no member'}), ${generations(drained.map(view))}`;
        print(
          options,
          { host, members, generation, services: drained.map(view), undrained: refusals },
          [text, ...refusals.map(({ rule }) => rule)].join('; '),
        );
      });
    });
}

function undrainCommand(): Command {
  return subcommand('undrain', 'Send the members that `host drain` drained requests again.')
    .option('--member <id...>', 'ids of the only members to undrain')
    .addHelpText('after', `${scope}\nExample:\n  $ perch host undrain web-2`)
    .action(async (host: string, options: HostOptions) => {
      const changed = new Set<string>();
      await withPatientSession(async (session) => {
        const deadline = performance.now() + options.timeout;
        const services: Changed[] = [];
        for (const { session: one } of await servicesOnHost(session, host)) {
          const applied = await changeOf(one, (document) =>
            undrainHost(document, host, options.member),
          );
          const { service } = one;
          const { generation } = applied.document;
          services.push({ service, generation });
          if (applied.changed) changed.add(service);
          await untilApplied(one, generation, deadline);
        }
        const own = services.find(({ service }) => service === session.service);
        const { generation = 0 } = own ?? {};
        const text =
          changed.size > 0
            ? `host ${host} serves again`
            : `nothing changed: host ${host} has no member that \`host drain\` drained`;
        const json = { host, generation, changed: changed.size > 0, services };
        print(options, json, `${text}, ${generations(services)}`);
      });
    });
}

const scope =
  '\nIt is about the members of every service on the host; in a guest, about those of the guest. A console stays up.\n';

function subcommand(verb: string, description: string): Command {
  return new Command(verb)
    .description(description)
    .argument('<host>', 'name of the host, as `perch status` shows it')
    .option('--timeout <ms>', 'time to wait for the proxies and the requests', timeoutMs, 60_000)
    .option('--json', 'print one line of JSON');
}

interface Refusal {
  readonly service: string;
  readonly rule: string;
}

/** The rule that keeps a service's members on a host; none if they may be drained. */
function refusal({ session, document }: ServiceOnHost, host: string, own: Session): Refusal[] {
  const transition = drainHost(document, host);
  if (transition.kind !== 'refused') return [];
  const { service } = session;
  const about = session === own ? '' : `service ${service}: `;
  return [{ service, rule: `${about}${transition.rule}` }];
}

async function drain({ session }: ServiceOnHost, host: string): Promise<Drained> {
  const { generation, members } = await change(session, (document) => drainHost(document, host));
  const draining = members.filter((one) => one.host === host && one.state === 'draining');
  return { session, ids: draining.map(({ id }) => id), generation };
}

async function untilEnded({ session, ids, generation }: Drained, deadline: number): Promise<void> {
  await untilApplied(session, generation, deadline);
  for (const id of ids) await untilDrained(session, { id, generation }, deadline);
}

/** Release of a service after a change. */
interface Changed {
  readonly service: string;
  readonly generation: number;
}

function generations(services: readonly Changed[]): string {
  if (services.length === 1) return `generation ${services[0]?.generation}`;
  return services
    .map(({ service, generation }) => `${service} generation ${generation}`)
    .join(', ');
}

function view({ session, ids, generation }: Drained) {
  return { service: session.service, members: ids, generation };
}
