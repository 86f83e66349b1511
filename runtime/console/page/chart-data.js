import { milliseconds, percent, unknown } from './format.js';

const rate = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

function perSecond(value) {
  return value === null ? unknown : `${rate.format(value)}/s`;
}

function quantiles(track) {
  return [
    { track, label: 'p50', of: (period) => period[track].p50Ms, isFaint: true },
    { track, label: 'p95', of: (period) => period[track].p95Ms },
    { track, label: 'p99', of: (period) => period[track].p99Ms, isDashed: true, isFaint: true },
  ];
}

/**
 * Charts of the page: their lines, each with its value in a period (null: not known), and the words of
 * a value. Faint lines are not in the text above the chart.
 */
export const charts = [
  {
    id: 'share',
    title: "Canary's share of the requests",
    format: percent,
    max: 100,
    lines: [{ track: 'canary', label: 'canary', of: ({ sharePercent }) => sharePercent }],
  },
  {
    id: 'requests',
    title: 'Requests',
    format: perSecond,
    lines: ['stable', 'canary'].map((track) => ({
      track,
      label: track,
      of: (period, seconds) => period[track].requests / seconds,
    })),
  },
  {
    id: 'errors',
    title: 'Failed requests',
    format: percent,
    lines: ['stable', 'canary'].map((track) => ({
      track,
      label: track,
      of: (period) => errorPercent(period[track]),
    })),
  },
  {
    id: 'latency',
    title: 'Latency: p95, with p50 and p99 (dashed)',
    format: milliseconds,
    lines: [...quantiles('stable'), ...quantiles('canary')],
  },
];

const ofEjection = (label, id) => ({
  kind: `of-${id}`,
  label,
  source: 'evidence',
  of: ({ harm }) => harm[id],
});

/** The judge's evidence, percent of its bounds. */
export const evidenceCharts = [
  {
    id: 'harm',
    title: 'Evidence of harm: at 100% the canary is ejected',
    format: percent,
    bound: 100,
    lines: [
      ofEjection('failures', 'errors'),
      ofEjection('latency', 'latency'),
      ofEjection('4xx', 'rejections'),
    ],
  },
  {
    id: 'safety',
    title: 'Evidence of safety: at 100% the step is safe',
    format: percent,
    bound: 100,
    lines: [{ kind: 'of-safety', label: 'safety', source: 'evidence', of: ({ safety }) => safety }],
  },
];

function errorPercent({ requests, failures }) {
  return requests === 0 ? null : (100 * failures) / requests;
}

/**
 * Columns of a chart: times in seconds, then the values of each line. A period that nobody recorded is
 * null, so that the line has a gap there.
 */
export function columnsOf({ fromMs, toMs, periodMs, periods, evidence }, lines) {
  const byStart = {
    traffic: new Map(periods.map((period) => [period.startMs, period])),
    evidence: new Map(evidence.map((period) => [period.startMs, period])),
  };
  const times = [];
  for (let at = fromMs; at < toMs; at += periodMs) times.push(at);
  const valueAt = (line, at) => {
    const period = byStart[line.source ?? 'traffic'].get(at);
    return period === undefined ? null : line.of(period, periodMs / 1_000);
  };
  return [
    times.map((at) => at / 1_000),
    ...lines.map((line) => times.map((at) => valueAt(line, at))),
  ];
}
