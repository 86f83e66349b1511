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

interface Shown {
  readonly members: readonly (readonly string[])[];
  readonly tracks: readonly (readonly string[])[];
  readonly proxies: readonly string[];
  readonly incidents: number;
  readonly generation: string;
  readonly missing: string;
  readonly heading: string;
  readonly detail: string;
}

/** Kind of a verdict -> its words on the page. */
const judgeWords: Readonly<Record<string, string>> = {
  harmful: 'harmful',
  safe: 'safe',
  inconclusive: 'not enough data yet',
};
const unknown = '–';
const digits = (value: number) => String(Number(value.toFixed(value < 100 ? 1 : 0)));

/** Numbers that the page shows, beside those that the commands print, in the same form. */
export async function numbersOf(page: Page, status: Status) {
  const shown = await shownOn(page, status.rollout.traffic !== null);
  return { shown, printed: printedOf(status) };
}

/** Reads everything at once, so that it is of one moment. */
async function shownOn(page: Page, hasStep: boolean) {
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
    tracks: tracks.map((cells) => cells.slice(0, hasStep ? 4 : 1)),
    members: members
      .map((cells) => cells.map((text) => text.replace(/ of .*$/, '')))
      .toSorted(byName),
  };
}

function printedOf({ release, members, proxies, incidents, rollout }: Status) {
  const states = new Map(release.members.map(({ id, state }) => [id, state]));
  const { step, stepNumber, verdict } = rollout;
  const shares = { canary: release.weight, stable: 100 - release.weight };
  return {
    generation: String(release.generation),
    members: members
      .map(({ id, inFlight, failures, latency, usage }) => [
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
      ])
      .toSorted(byName),
    tracks: (['canary', 'stable'] as const).map((track) => [
      `${shares[track]}%`,
      ...(rollout.traffic === null ? [] : countsText(rollout.traffic[track])),
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

function byName([a = '']: readonly string[], [b = '']: readonly string[]): number {
  return a.localeCompare(b);
}
