/**
 * Next steps for each incident: commands and sentences for who is woken at night, without full stops,
 * the most useful first.
 */
import { labels, type Part } from '../../contract/labels.ts';
import { hostOfFileSubject, ownerOfSubject } from '../edge/certificate-subject.ts';
import type { problemRules } from './default-rules.ts';
import type { IncidentDetails } from './incident-details.ts';
import type { Breach } from './incident.ts';
import type { Metric } from './metric-catalog.ts';

/** Subject of a rule, and what is known of it. */
type Place = Pick<IncidentDetails, 'host' | 'member' | 'track'> & { readonly subject: string };

type Steps = (place: Place) => string[];

/** Steps for a rule on a metric. */
export function stepsForMetric(metric: Metric, place: Place): string[] {
  return metricSteps[metric](place);
}

/** Steps for a problem that the leader found; undefined for an incident that comes from a threshold. */
export function stepsForProblem({ rule, subject, details }: Breach): string[] | undefined {
  return isProblemRule(rule) ? problemSteps[rule](details, subject) : undefined;
}

/**
 * Steps after an ejection.
 * @param weight - the canary's share of the traffic now, percent.
 */
export function stepsAfterEjection(details: IncidentDetails, weight: number): string[] {
  const rest =
    weight === 0 ? 'stable has all of the traffic' : 'the other members have its traffic';
  return [
    `Nothing is urgent: ${rest}`,
    `Read its logs${on(details)}: ${logs(details)}`,
    'Fix it and deploy it again; or if it is well, `perch reinstate --reason TEXT` and ' +
      '`perch weight PERCENT`',
  ];
}

/**
 * Steps while a reinstated canary is not judged safe yet.
 * @param weight - the canary's share of the traffic now, percent.
 */
export function stepsAfterReinstatement(weight: number): string[] {
  return [
    `The canary is back and gets ${weight}% of the traffic; once it is judged safe, this is resolved`,
    'If it does harm again, Perch ejects it again; `perch eject --reason TEXT` does so at once',
  ];
}

/** Next steps as a list for people: a sentence if there are none, nothing if they are not known. */
export function listedSteps({ nextSteps }: IncidentDetails): readonly string[] {
  return nextSteps?.length === 0 ? ['nothing is left to do'] : (nextSteps ?? []);
}

const metricSteps: Readonly<Record<Metric, Steps>> = {
  'host.disk-percent': ({ subject, host }) => {
    const path = subject.slice(subject.indexOf(':') + 1);
    return [
      `${at(host)}\`df -h ${quoted(path)}\` and \`docker system df\` show what is full`,
      'Free space: `docker image prune --all` deletes unused images, ' +
        '`journalctl --vacuum-size=200M` old logs; or enlarge the disk',
    ];
  },
  'host.memory-percent': ({ host }) => [
    `${at(host)}\`docker stats --no-stream\` shows which container needs the memory`,
    'Fix what leaks, or give the host more memory',
  ],
  'host.cpu-percent': ({ host }) => [
    `${at(host)}\`docker stats --no-stream\` shows which container is busy`,
    'Fix it, add members on other hosts, or give the host more cores',
  ],
  'container.memory-bytes': (place) => [
    `Compare with the other members: ${stats(place)}`,
    'If it keeps growing, it leaks: deploy the last good version, or restart the member',
  ],
  'container.memory-percent': (place) => [
    `See whether it keeps growing: ${stats(place)}`,
    'Raise `perch:memoryLimitMiB` and `perch:memoryCapMiB` if it needs more, or fix the leak',
  ],
  'container.cpu-percent': (place) => [
    `Compare with the other members: ${stats(place)}`,
    'Add members if the traffic has grown; otherwise look for what changed in `perch events`',
  ],
  'container.restarts': (place) => [
    `Read why it ended${on(place)}: ${logs(place)}`,
    'Fix it and deploy again, or deploy the last good version',
  ],
  'container.oom-kills': (place) => [
    `Read what it did before${on(place)}: ${logs(place)}`,
    'Raise `perch:memoryLimitMiB` and `perch:memoryCapMiB` if it needs more, or fix the leak',
  ],
  'track.p95-ms': (place) => trackSteps(place, 'slow'),
  'track.failure-percent': (place) => trackSteps(place, 'failing'),
  'alarm.state': ({ subject }) => [
    `Read why: \`aws cloudwatch describe-alarms --alarm-names ${quoted(subject)}\``,
  ],
};

type ProblemSteps = (details: IncidentDetails, subject: string) => string[];

const problemSteps: Readonly<Record<(typeof problemRules)[number], ProblemSteps>> = {
  'canary-ejected': (details) => stepsAfterEjection(details, 0),
  'rollout-paused': () => [
    'Nothing is urgent: nothing changes until you decide; `perch rollout status` shows how it does',
    'Give the step its time again: `perch rollout resume --reason TEXT` (`retry` if the canary is ejected)',
    'Or skip the steps that are left: `perch rollout promote --reason TEXT`',
    'Or eject the canary: `perch rollout abort --reason TEXT`',
  ],
  'release-lost': (_details, service) => [
    'Nothing is urgent: the proxies route by the last good document; do not restart them',
    `Store it again on a host with a monitor: ${onHost('monitor', service)} perch restore\``,
    'If no proxy has offered its last good one, take its file on a host with a proxy: ' +
      `${onHost('proxy', service)} perch restore --document /var/lib/perch/release-${service}.json\``,
  ],
  'redis-repaired': (_details, service) => [
    'Compare `perch status`, `perch flags list` and `perch events` with what you expect',
    `If something is missing, store a backup again: ${onHost('monitor', service, '-i ')} perch restore --backup - < FILE\``,
    'Look for the cause on the first host: `journalctl -k`, and the disk; this resolves a day after the repair',
  ],
  'host-silent': (_details, host) => [
    `See whether ${host} is up: \`ssh ${host} uptime\``,
    `If it is, read its monitor's logs there: ${partLogs('monitor')}`,
    'If it is not, the proxies send its requests to other members; restart it, or if it is gone for ' +
      `good, replace it: \`npx perch host replace ${host} --stack STACK\``,
  ],
  'proxy-silent': (_details, host) => [
    `on ${host}, see whether the proxy runs: docker ps --all --filter label=perch.part=proxy`,
    `if it runs, read its log, and check the network from ${host} to Redis`,
    'perch status lists it until it reports again or is replaced',
  ],
  'proxy-exhausted': ({ host }) => [
    `${at(host)}\`ss --summary\` shows how many sockets there are, and ${partLogs('proxy')} what the proxy lacked`,
    'The members are well: requests that got 503 count for none of them',
    'Raise the limit of open files of the proxy (`ulimit -n`), or lower `--limit connections=N`',
  ],
  'source-failed': ({ host }, subject) => {
    if (subject === 'cloudwatch')
      return [
        "Check the names of `cloudwatch.alarms`, and that the monitor's role has cloudwatch:DescribeAlarms",
      ];
    const command = subject.endsWith('/docker') ? '`systemctl status docker`' : partLogs('monitor');
    return [
      `${at(host)}${command} shows why`,
      'Until it is back, no rule on its values fires, and no incident of them is resolved',
    ];
  },
  'memory-short': ({ host }) => [
    `${at(host)}\`docker stats --no-stream\` shows who needs the memory`,
    'Raise `perch:memoryCapMiB` or give the host more memory; or fix the leak before the kernel kills it',
  ],
  'container-down': ({ host }) => [
    `${at(host)}\`ip address\` shows whether the address exists, \`docker ps --all\` what is down`,
    'Mend what the error names: the monitor starts the container as soon as that is possible',
    'To leave it down on purpose: `docker update --restart=no CONTAINER`',
  ],
  'clock-wrong': ({ host }) => [
    `${at(host)}\`timedatectl\` shows whether the clock is synchronised; \`timedatectl set-ntp true\` switches it on`,
    "Nothing is counted wrong meanwhile: Perch goes by Redis' clock",
  ],
  'channel-failed': (_details, channel) => [
    `Check the credentials and the settings of ${channel}: \`perch monitor --check\``,
    'Then send one message through every channel: `perch test-alert`',
  ],
  'config-invalid': () => [
    "Mend what the summary names in the stack's configuration, and run `pulumi up`",
    'Until then its monitors go on by the last good one, or by the defaults and tell nobody',
  ],
  'host-misdirected': (_details, host) => [
    `See what DNS has: \`dig +short A ${host}\` and \`dig +short AAAA ${host}\`; each address must be a proxy's`,
    'See that port 80 of the proxies is reachable from the internet: the authority connects to it',
    'Mend it; the next order is tried by itself',
  ],
  'certificate-failed': () => certificateSteps,
  'certificate-expiring': (_details, subject) => expirySteps(subject),
  'certificate-expiring-soon': (_details, subject) => expirySteps(subject),
};

const certificateSteps = [
  `Mend what the message names; on a host with a proxy, ${partLogs('proxy')} shows each order`,
  'The next order is tried by itself; nothing needs a restart',
];

function expirySteps(subject: string): string[] {
  const host = hostOfFileSubject(subject);
  if (host !== undefined) {
    return [
      `Replace the files of \`--certificate\` and \`--private-key\` on ${host} by a renewed certificate`,
      'The proxies read them by themselves; nothing needs a restart',
    ];
  }
  const service = ownerOfSubject(subject);
  if (service === undefined) return certificateSteps;
  return [
    `Get a renewed certificate, set \`certificate\` and \`privateKey\` of the stack of ${service}, and run \`pulumi up\``,
    `Without a stack: \`perch certificate set ${service}\`; if it is not needed, \`perch certificate remove ${service}\``,
  ];
}

function isProblemRule(rule: string): rule is keyof typeof problemSteps {
  return Object.hasOwn(problemSteps, rule);
}

function trackSteps({ track = 'stable' }: Place, how: string): string[] {
  const remedy =
    track === 'canary'
      ? 'If it does harm, `perch eject --reason TEXT`: stable then gets all of the traffic'
      : 'If a release caused it, deploy the last good version; if not, look at what it depends on';
  return [
    `\`perch status\` and \`perch events\` show what changed before ${track} was ${how}`,
    remedy,
  ];
}

/** Command that prints the logs of a member, or of the newest container of the track. */
function logs({ member, track = 'canary' }: Pick<Place, 'member' | 'track'>): string {
  const label = member === undefined ? `${labels.track}=${track}` : `${labels.member}=${member}`;
  return `\`docker logs --tail 100 "$(docker ps -lqf label=${label})"\``;
}

function partLogs(part: string): string {
  return `\`docker logs --tail 100 "$(docker ps -lqf label=${labels.part}=${part})"\``;
}

function stats({ host }: Place): string {
  return `\`docker stats --no-stream\`${host === undefined ? '' : ` on ${host}`}`;
}

/** The word as a shell takes it, in quotes if it needs any. */
function quoted(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** Start of a command in a container of the service, without its closing quote. */
function onHost(part: Part, service: string, options = ''): string {
  const filters = `-qf label=${labels.part}=${part} -f label=${labels.service}=${service}`;
  return `\`docker exec ${options}"$(docker ps ${filters} | head -n 1)"`;
}

/** ` on HOST`, or nothing if the host is not known. */
function on({ host }: Pick<Place, 'host'>): string {
  return host === undefined ? '' : ` on ${host}`;
}

/** `On HOST, `, or nothing if the host is not known. */
function at(host: string | undefined): string {
  return host === undefined ? '' : `On ${host}, `;
}
