import { aboutService } from './chosen-service.js';
import { charts, evidenceCharts } from './chart-data.js';
import { ChartPlot, eventText } from './chart-plot.js';
import { byId, note } from './dom.js';

/** Time between two readings, milliseconds: the finest chart gets a new period as often. */
const everyMs = 10_000;
const timeoutMs = 10_000;

const plotOf = (chart) =>
  new ChartPlot(chart, (at, events) => eventText(byId('chart-event'), at, events));
const trafficPlots = charts.map(plotOf);
const evidencePlots = evidenceCharts.map(plotOf);
const plots = [...trafficPlots, ...evidencePlots];

let timer;

/** Draws the charts of the chosen range, now and every few seconds while the page is visible. */
async function follow() {
  clearTimeout(timer);
  if (document.visibilityState === 'visible') await refresh();
  timer = setTimeout(() => void follow(), everyMs);
}

async function refresh() {
  const range = chosenRange();
  try {
    const response = await fetch(aboutService(`/api/traffic?range=${range}`), {
      signal: AbortSignal.timeout(timeoutMs),
    });
    const chart = await response.json();
    if (!response.ok) throw new Error(chart.detail);
    if (range !== chosenRange()) return;
    for (const plot of plots) {
      plot.draw(chart);
      // Between two charts the browser may draw a frame, and take input.
      await new Promise((resolve) => setTimeout(resolve));
    }
    const isEmpty = chart.periods.length === 0;
    const isUnjudged = chart.evidence.length === 0;
    note(byId('evidence-empty'), isUnjudged ? 'No canary was on trial in this time.' : undefined);
    note(byId('charts-empty'), isEmpty ? 'No traffic is known of this time.' : undefined);
  } catch (error) {
    note(byId('charts-empty'), `The traffic cannot be read: ${error.message}`);
  }
}

function chosenRange() {
  return document.querySelector('input[name="range"]:checked').value;
}

/** Shows the charts and keeps them up to date. */
export function startCharts() {
  byId('chart-list').append(...trafficPlots.map(({ element }) => element));
  byId('evidence-list').append(...evidencePlots.map(({ element }) => element));
  for (const radio of document.querySelectorAll('input[name="range"]')) {
    radio.addEventListener('change', () => void follow());
  }
  document.addEventListener('visibilitychange', () => void follow());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    for (const plot of plots) plot.recolour();
  });
  void follow();
}
