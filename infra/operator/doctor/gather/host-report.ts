/** Everything that one script on a host tells. */
import { labels, type Part } from '../../../../runtime/contract/labels.ts';
import type { StackHost } from '../../../recovery/stack-hosts.ts';
import type { HostConnections } from '../../../shell/host-connections.ts';
import { shellWord } from '../../../shell/shell-word.ts';
import type { OperatorContext } from '../../command.ts';
import {
  isOfStack,
  listContainers,
  parseContainers,
  type StackServices,
} from '../../containers.ts';
import type { DiskReport, HostReport } from '../survey.ts';

/** Time for one question to a host, beside that for the connection. */
export const hostTimeoutMs = 20_000;

const part: Part = 'monitor';

/** Marks the beginning of a section; no other line begins with it. */
const mark = '== perch: ';

/** @throws PerchError `process_failed` if the host does not answer in time. */
export async function hostReport(
  { connections, stack }: OperatorContext,
  host: StackHost,
): Promise<HostReport> {
  const images = [stack.outputs['image'], stack.outputs['runtimeImage']].filter(
    (image) => typeof image === 'string',
  );
  const script = reportScript(stack, images);
  const printed = await connections.run(host.address, script, { timeoutMs: hostTimeoutMs });
  const section = sectionsOf(printed);
  const [dockerVersion] = linesOf(section('docker'));
  const [perchVersion] = linesOf(section('perch'));
  return {
    disks: parseDisks(section('disks')),
    dockerVersion,
    missingImages: dockerVersion === undefined ? [] : linesOf(section('images')),
    perchVersion,
    containers: parseContainers(host.name, section('containers')).filter((container) =>
      isOfStack(stack, container),
    ),
    clockIsKept: answerIn(section('clock'), {
      yes: /^(yes|Leap status.*Normal)$/,
      no: /^(no|Leap status.*Not synchronised)$/,
    }),
    liveRestore: answerIn(section('live-restore'), { yes: /^true$/, no: /^false$/ }),
    securityUpdates: answerIn(section('updates'), {
      yes: /^APT::Periodic::Unattended-Upgrade "[1-9a-z].*";$/,
      no: /^(APT::Periodic::Unattended-Upgrade "0?";|none)$/,
    }),
    ...(await clockOf(connections, host)),
  };
}

/** Script that prints sections. It goes on if one of its programs fails. */
function reportScript(stack: StackServices, images: readonly string[]): string {
  const missing = images.map((image) => {
    const word = shellWord(image);
    return `docker image inspect ${word} > /dev/null 2>&1 || echo ${word}`;
  });
  return [
    `echo '${mark}disks'`,
    `root=$(docker info --format '{{.DockerRootDir}}' 2> /dev/null)`,
    `df -P -k / \${root:+"$root"} 2> /dev/null`,
    `echo '${mark}docker'`,
    `docker version --format '{{.Server.Version}}' 2> /dev/null`,
    `echo '${mark}images'`,
    ...missing,
    `echo '${mark}containers'`,
    listContainers(stack),
    `echo '${mark}clock'`,
    `timedatectl show --property=NTPSynchronized --value 2> /dev/null || chronyc tracking 2> /dev/null`,
    `echo '${mark}live-restore'`,
    `docker info --format '{{.LiveRestoreEnabled}}' 2> /dev/null`,
    `echo '${mark}updates'`,
    // It prints nothing for a setting that is not there.
    `if command -v apt-config > /dev/null; then apt-config dump --no-empty APT::Periodic::Unattended-Upgrade 2> /dev/null; echo none; fi`,
    `echo '${mark}perch'`,
    perchVersionScript(stack.edgeService),
    'exit 0',
  ].join('\n');
}

/** Prints the version of Perch in the monitor of a service, or nothing. */
export function perchVersionScript(edgeService: string): string {
  const filters = `--filter label=${labels.service}=${edgeService} --filter label=${labels.part}=${part}`;
  const read = `node --print 'require("/perch/package.json").version'`;
  return [
    `monitor=$(docker ps --quiet ${filters} --filter health=healthy | head -n 1)`,
    `if [ -n "$monitor" ]; then docker exec "$monitor" ${read} 2> /dev/null; fi`,
  ].join('\n');
}

/** Offset of a host's clock. The host's answer, whole seconds, is from some moment of the question. */
async function clockOf(connections: HostConnections, { address }: StackHost) {
  const beforeMs = Date.now();
  const printed = await connections.run(address, 'date +%s', { timeoutMs: hostTimeoutMs });
  const afterMs = Date.now();
  const secondMs = 1_000;
  // The middle of the second that it names.
  const thereMs = Number(printed.trim()) * secondMs + secondMs / 2;
  return {
    clockOffsetMs: thereMs - (beforeMs + afterMs) / 2,
    clockErrorMs: (afterMs - beforeMs + secondMs) / 2,
  };
}

function sectionsOf(printed: string): (name: string) => string {
  const sections = printed.split(mark).map((text) => {
    const end = text.indexOf('\n');
    return [text.slice(0, end), text.slice(end + 1)] as const;
  });
  return (name) => sections.find(([title]) => title === name)?.[1] ?? '';
}

/** Lines of POSIX df: file system, KiB, used, free, percent, folder. */
function parseDisks(printed: string): DiskReport[] {
  const disks = linesOf(printed).flatMap((line) => {
    const found = /\s(\d+)\s+(\d+)%\s+(\/.*)$/.exec(line);
    if (found === null) return [];
    const [, freeKiB, usedPercent, folder = ''] = found;
    return [
      { folder, usedPercent: Number(usedPercent), freeMiB: Math.floor(Number(freeKiB) / 1_024) },
    ];
  });
  // Docker's folder is often on the root's own file system.
  return [...new Map(disks.map((disk) => [disk.folder, disk])).values()];
}

/** First answer among the lines of a section; undefined: none is there. */
function answerIn(
  section: string,
  { yes, no }: { readonly yes: RegExp; readonly no: RegExp },
): boolean | undefined {
  const answer = linesOf(section).find((line) => yes.test(line) || no.test(line));
  return answer === undefined ? undefined : yes.test(answer);
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
