import type { Incident } from '../../core/alerting/incident.ts';
import { workloadSubject } from '../../core/alerting/readings.ts';
import type { HostSample } from '../../core/host/host-sample.ts';
import type { Member } from '../../core/release/release-document.ts';
import type { Resolution } from './resolutions.ts';

/** Parts of a cycle's inputs that show which members, containers and hosts there are. */
export interface Present {
  readonly samples: readonly HostSample[];
  /** Members of the release document. */
  readonly members: readonly Pick<Member, 'id' | 'host'>[];
}

/**
 * Resolves an incident whose member or container no longer exists. A member exists as long as the
 * release document or a sample has it; a container as long as its host's monitor sees it, or
 * cannot look.
 */
export function goneResolution(
  { subject, details: { member, host } }: Pick<Incident, 'subject' | 'details'>,
  { samples, members }: Present,
): Resolution | undefined {
  if (member !== undefined) {
    const exists =
      members.some(({ id }) => id === member) ||
      samples.some(({ workloads }) => workloads.some(({ memberId }) => memberId === member));
    return exists ? undefined : { summary: `member ${member} is gone` };
  }
  if (host === undefined || !subject.startsWith(`${host}/`)) return undefined;
  const sample = samples.find((candidate) => candidate.host === host);
  const exists = sample?.workloads.some((workload) => workloadSubject(host, workload) === subject);
  if (sample === undefined || exists === true || sample.problems.length > 0) return undefined;
  return { summary: `container ${subject.slice(host.length + 1)} on ${host} is gone` };
}

/** Resolves an incident whose host has neither members nor a monitor any more. */
export function goneHostResolution(
  { details: { host } }: Pick<Incident, 'details'>,
  { samples, members }: Present,
): Resolution | undefined {
  const exists = [...samples, ...members].some((present) => present.host === host);
  return host === undefined || exists ? undefined : { summary: `host ${host} is gone` };
}
