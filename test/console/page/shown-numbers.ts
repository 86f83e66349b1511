import type { Page } from 'playwright-core';
import { leftText } from '../../../runtime/console/views/durations.ts';

interface Counts {
  readonly requests: number;
  readonly errors: number;
  readonly errorPercent: number | null;
  readonly p95Ms: number | null;
}

/** Part of what `perch status --json` prints that the page shows, with `perch rollout status --json`. */
export interface Status {
  readonly release: {
    readonly generation: number;
    readonly weight: number;
    readonly members: readonly { readonly id: string; readonly state: string }[];
  };
  readonly members: readonly {
    readonly id: string;
    readonly inFlight: number;
    readonly failures: number | null;
    readonly latency: { readonly p50Ms: number; readonly p95Ms: number } | null;
    readonly usage: {
      readonly cpuPercent: number | null;
      readonly memoryBytes: number | null;
      readonly restartedAt: readonly number[] | null;
    } | null;
  }[];
  readonly proxies: readonly { readonly generation: number }[];
  readonly incidents: readonly { readonly rule: string }[];
  readonly rollout: {
    readonly weight: number;
    readonly missing: string | null;
    /** Null unless it is progressing. */
    readonly step: { readonly leastLeftMs: number } | null;
    readonly stepNumber: number | null;
    readonly verdict: { readonly kind: string; readonly sentence: string } | null;
    /** Null without a step. */
    readonly traffic: Readonly<Record<'canary' | 'stable', Counts>> | null;
  };
}

interface Shown extends Pick<
  Table,
  'members' | 'tracks' | 'proxies' | 'incidents' | 'generation' | 'missing'
> {
  readonly heading: string;
  readonly detail: string;
}

/** Rows of members begin with their ids, those of tracks are canary and stable. */
interface Table {
  readonly members: readonly (readonly string[])[];
  readonly tracks: readonly (readonly string[])[];
  readonly proxies: readonly string[];
  readonly incidents: number;
  readonly generation: string;
  readonly missing: string;
  readonly step: string;
  readonly left: string;
  readonly judge: string;
  readonly verdict: string;
}

/** Kind of a verdict -> its words on the page. */
const judgeWords: Readonly<Record<string, string>> = {
  harmful: 'harmful',
  safe: 'safe',
  inconclusive: 'not enough data yet',
};
const unknown = '–';
const digits = (value: number) => String(Number(value.toFixed(value < 100 ? 1 : 0)));

/** Numbers by what they are of, such as `members canary-1 Failed`. */
export type Numbers = Readonly<Record<string, string>>;

/** Numbers that the page shows now. */
export async function shownNumbers(page: Page): Promise<Numbers> {
  return flat(await shownOn(page));
}

/** Numbers that the commands print, in the form of the page. */
export function printedNumbers(status: Status): Numbers {
  return flat(printedOf(status));
}

/**
 * Reports whether the page has shown each of the numbers at some time, and at its end has all of them
 * and no others. The console and a command read Redis at different moments, so they need not
 * have been there together.
 */
export function hasShown(shown: readonly Numbers[], numbers: Numbers): boolean {
  const names = Object.keys(numbers).toSorted();
  const last = Object.keys(shown.at(-1) ?? {}).toSorted();
  return (
    names.join() === last.join() &&
    names.every((name) => shown.some((one) => one[name] === numbers[name]))
  );
}

/** Reads everything at once, so that it is of one moment. */
async function shownOn(page: Page): Promise<Table> {
  const { members, tracks, heading, detail, ...rest } = await page.evaluate<Shown>(`(() => {
    const texts = (scope, selector) =>
      Array.from(scope.querySelectorAll(selector), ({ textContent }) => textContent);
    const rows = (selector) => Array.from(document.querySelectorAll(selector));
    const text = (selector) => document.querySelector(selector).textContent;
    return {
      members: rows('#member-rows tr').map((row) => [
        ...texts(row, '.dot'),
        ...['State', 'In flight', 'Failed', 'p95', 'CPU', 'Memory', 'Restarts'].map((name) =>
          texts(row, 'td[data-label="' + name + '"]').join()),
      ]),
      tracks: rows('#track-rows tr').map((row) => texts(row, 'td')),
      proxies: texts(document, '#proxy-list .row > .soft'),
      incidents: rows('#incident-list > li').length,
      generation: text('#last-change').replace(/^.* generation /, ''),
      heading: text('#summary-sentence').replaceAll('\\u00A0', ' '),
      detail: text('#summary-detail'),
      missing: text('#missing').replace(/\\.$/, '').toLowerCase(),
    };
  })()`);
  const [, step = '', left = '', judge = ''] =
    /step (\d+) of \d+, (.*) left, judge: (.*)\.$/.exec(heading) ?? [];
  return {
    ...rest,
    step,
    left,
    judge,
    verdict: step === '' ? '' : (detail.split('. ', 1)[0] ?? '').toLowerCase(),
    tracks,
    members: members.map((cells) => cells.map((text) => text.replace(/ of .*$/, ''))),
  };
}

function printedOf({ release, members, proxies, incidents, rollout }: Status): Table {
  const states = new Map(release.members.map(({ id, state }) => [id, state]));
  const { step, stepNumber, verdict } = rollout;
  const shares = { canary: release.weight, stable: 100 - release.weight };
  return {
    generation: String(release.generation),
    members: members.map(({ id, inFlight, failures, latency, usage }) => [
      id,
      states.get(id) ?? '',
      String(inFlight),
      failures === null ? unknown : String(failures),
      latency === null
        ? unknown
        : `${milliseconds(latency.p95Ms)} p50 ${milliseconds(latency.p50Ms)}`,
      percent(usage?.cpuPercent ?? null),
      bytes(usage?.memoryBytes ?? null),
      String(usage?.restartedAt?.length ?? unknown),
    ]),
    tracks: (['canary', 'stable'] as const).map((track) => [
      `${shares[track]}%`,
      ...(rollout.traffic === null
        ? [unknown, unknown, unknown]
        : countsText(rollout.traffic[track])),
    ]),
    proxies: proxies.map(({ generation }) => `generation ${generation}`),
    incidents: incidents.length,
    step: step === null ? '' : String(stepNumber),
    left: step === null ? '' : leftText(step.leastLeftMs),
    judge: step === null ? '' : (judgeWords[verdict?.kind ?? ''] ?? 'no canary on trial'),
    verdict: step === null ? '' : (verdict?.sentence.toLowerCase() ?? ''),
    missing: (rollout.missing ?? '').toLowerCase(),
  };
}

function countsText({ requests, errors, errorPercent, p95Ms }: Counts): string[] {
  const share = errorPercent === null ? unknown : `${percent(errorPercent)} (${errors})`;
  return [String(requests), share, p95Ms === null ? unknown : milliseconds(p95Ms)];
}

const percent = (value: number | null) =>
  value === null ? unknown : `${Number(value.toFixed(2))}%`;
const milliseconds = (value: number) => `${digits(value)} ms`;
const bytes = (value: number | null) => (value === null ? unknown : `${digits(value / 1e6)} MB`);

function flat({ members, tracks, proxies, ...others }: Table): Numbers {
  const cells = [
    ...members.flatMap(([id, ...row]) => row.map((text, at) => [`member ${id} ${at}`, text])),
    ...tracks.flatMap((row, track) => row.map((text, at) => [`track ${track} ${at}`, text])),
    ...proxies.map((text, at) => [`proxy ${at}`, text]),
    ...Object.entries(others).map(([name, value]) => [name, String(value)]),
  ];
  return Object.fromEntries(cells);
}
