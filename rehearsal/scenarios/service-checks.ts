import type { GuestService } from '../parts/guest-service.ts';
import { isUp } from '../parts/http-get.ts';
import { teamAddress } from '../parts/monitor-config.ts';
import type { Stage } from '../stage.ts';
import { until } from '../until.ts';
import { ejections, monitoringOf } from './judging.ts';

type Watched = Pick<GuestService, 'service' | 'reader'>;

/** Parts of a service that nothing of another service may change, each as text. */
export async function stateOf({ reader }: Watched): Promise<ReadonlyMap<string, string>> {
  const { release, flags, incidents } = await reader.read();
  const open = incidents.filter(({ resolvedAt }) => resolvedAt === null);
  return new Map([
    ['weight', `${release?.weight}%`],
    ['members', (release?.members ?? []).map(({ id, state }) => `${id} ${state}`).join(', ')],
    ['generation of the release', String(release?.generation)],
    ['flags', [...flags].map(([key, value]) => `${key} ${value}`).join(', ')],
    ['open incidents', open.map(({ rule, subject }) => `${rule} of ${subject}`).join(', ')],
    ['ejections', String((await ejections({ reader })).length)],
  ]);
}

/** Checks that a service is as it was. */
export async function checkUnchanged(
  { recorder }: Stage,
  watched: Watched,
  before: ReadonlyMap<string, string> | undefined,
): Promise<void> {
  const now = await stateOf(watched);
  for (const [part, value] of before ?? []) {
    const expected = value === '' ? 'none' : value;
    recorder.check(`${part} of ${watched.service}`, {
      expected,
      actual: now.get(part) || 'none',
    });
  }
}

/** Switches a flag of one service, and checks that its members show it, and no others. */
export async function switchFlag(
  { recorder }: Stage,
  guest: GuestService,
  others: readonly Pick<GuestService, 'service' | 'fleet'>[],
): Promise<void> {
  await guest.perch.run('flags', 'toggle', 'new_feature');
  const all = guest.fleet.members.length;
  await until(`new_feature of ${guest.service}`, async () => (await showing(guest)) === all);
  recorder.note(`${guest.service} switches new_feature on`);
  for (const other of others) {
    recorder.check(`members of ${other.service} that show new_feature`, {
      expected: 0,
      actual: await showing(other),
    });
  }
}

/** Number of members that show the flag new_feature. */
async function showing({ fleet }: Pick<GuestService, 'fleet'>): Promise<number> {
  const shown = await Promise.all(fleet.members.map(({ url }) => isUp(`${url}/new`)));
  return shown.filter(Boolean).length;
}

/** Checks that everyone was notified of their own service alone. */
export async function checkTeams(
  stage: Stage,
  harmed: GuestService,
  alarmed: GuestService,
): Promise<void> {
  const { recorder, service } = stage;
  const { mailbox } = monitoringOf(stage);
  const subjectsTo = async (team: string) => {
    const subjects = await mailbox.subjects(team);
    for (const subject of subjects) recorder.note(`email to ${team}: ${subject}`);
    return subjects;
  };
  await until('the email about the ejection', async () =>
    (await mailbox.subjects(harmed.team)).some((subject) => subject.includes('canary ejected')),
  );
  const toHarmed = await subjectsTo(harmed.team);
  recorder.check(`emails to the people of ${harmed.service}`, {
    expected: 1,
    actual: toHarmed.length,
  });
  const toAlarmed = await subjectsTo(alarmed.team);
  recorder.check(`emails to the people of ${alarmed.service}, by a threshold of their own`, {
    expected: 1,
    actual: toAlarmed.length,
  });
  recorder.check(`emails to the people of ${service}`, {
    expected: 0,
    actual: (await subjectsTo(teamAddress)).length,
  });
}
