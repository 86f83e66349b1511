import { setTimeout as delay } from 'node:timers/promises';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { httpGet } from '../parts/http-get.ts';
import type { RunningMember } from '../parts/fleet.ts';
import { endWithNoneFailed, type Stage } from '../stage.ts';
import type { Scenario } from './scenario.ts';

const goalMs = 1_000;
const pollEveryMs = 10;
const timeoutMs = 10_000;

interface FlagSwitch {
  readonly flag: string;
  readonly flip: (stage: Stage) => Promise<unknown>;
  readonly shows: (member: RunningMember) => Promise<boolean>;
}

const blue = {
  state: 'ENABLED',
  variants: { red: 'red', green: 'green', blue: 'blue' },
  defaultVariant: 'blue',
};

const switches: readonly FlagSwitch[] = [
  {
    flag: 'background',
    flip: ({ perch }) => perch.run('flags', 'set', 'background', JSON.stringify(blue)),
    shows: async ({ url }) =>
      (await httpGet(`${url}/version`))?.body.includes('"background":"blue"') === true,
  },
  {
    flag: 'myflag',
    flip: ({ perch }) => perch.run('flags', 'toggle', 'myflag'),
    shows: async ({ url }) => (await httpGet(`${url}/newfeature`))?.status === 200,
  },
  {
    flag: 'new_feature',
    flip: ({ consoleUrl }) => toggleByConsole(consoleUrl, 'new_feature'),
    shows: async ({ url }) => (await httpGet(`${url}/new`))?.status === 200,
  },
];

/** Every member applies a switched flag within a second, without a deployment. */
export const flags: Scenario = {
  name: 'flags',
  description:
    'background, myflag and new_feature are switched: every member shows each within 1 s',
  traffic: 300,
  hasMonitor: false,
  async play(stage) {
    for (const each of switches) await measure(stage, each);
    await endWithNoneFailed(stage);
  },
};

/** Switches a flag as the console's page does. */
async function toggleByConsole(consoleUrl: string, flag: string): Promise<void> {
  const { ok, status } = await fetch(`${consoleUrl}/flags/${flag}/toggle`, {
    method: 'POST',
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!ok)
    throw new PerchError('process_failed', `the console responded with ${status} for ${flag}`);
}

async function measure(stage: Stage, { flag, flip, shows }: FlagSwitch): Promise<void> {
  const { fleet, recorder } = stage;
  const showing = Promise.all(fleet.members.map((member) => shownAt(member, shows)));
  await flip(stage);
  const writtenAt = await switchedAt(stage, flag);
  recorder.note(`${flag} switched`);
  for (const [index, at] of (await showing).entries()) {
    const tookMs = at === undefined ? undefined : at - writtenAt;
    recorder.check(`milliseconds until ${fleet.members[index]?.id} showed ${flag}`, {
      expected: `less than ${goalMs}`,
      actual: tookMs ?? 'never',
      // Both clocks count whole milliseconds. A member that showed it earlier did so for another reason.
      ok: tookMs !== undefined && tookMs > -2 && tookMs < goalMs,
    });
  }
}

/** Time of the newest change of a flag in Redis, milliseconds since the epoch. */
async function switchedAt({ reader }: Stage, flag: string): Promise<number> {
  const event = (await reader.lastEvents(20)).findLast(
    ({ type, text }) => type.startsWith('flag-') && text.includes(flag),
  );
  if (event === undefined) throw new PerchError('process_failed', `there is no event of ${flag}`);
  return event.at;
}

/** Time a member first showed the flag, milliseconds since the epoch; undefined at the timeout. */
async function shownAt(
  member: RunningMember,
  shows: FlagSwitch['shows'],
): Promise<number | undefined> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    if (await shows(member)) return Date.now();
    await delay(pollEveryMs);
  }
  return undefined;
}
