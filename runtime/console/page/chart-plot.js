import { ChartTable } from './chart-table.js';
import { make, setText } from './dom.js';
import { columnsOf } from './chart-data.js';

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const dayLongSeconds = 2 * 86_400;
const height = 152;
const sync = { key: 'traffic' };

/** One chart with its title, the values at the cursor or the newest ones, and its lines. */
export class ChartPlot {
  #chart;
  #readout;
  #plot;
  #events = [];
  #table;
  #uPlot;

  /** Calls `onEvents(events)` with the events near the cursor. */
  constructor(chart, onEvents) {
    this.#chart = chart;
    this.#readout = make('p', { class: 'readout', 'aria-hidden': 'true' });
    this.#plot = make('div', { class: 'plot', role: 'img' });
    this.onEvents = onEvents;
    this.#table = new ChartTable(chart);
    this.element = make(
      'div',
      { class: 'chart', id: `chart-${chart.id}` },
      make('h3', {}, chart.title),
      this.#readout,
      this.#plot,
      this.#table.element,
    );
    new ResizeObserver(() => this.#resize()).observe(this.#plot);
  }

  /** Draws the answer of `/api/traffic`. */
  draw(data) {
    const columns = columnsOf(data, this.#chart.lines);
    this.#events = data.events;
    if (this.#uPlot === undefined) this.#create(columns);
    else this.#uPlot.setData(columns);
    this.#table.draw(columns, data);
    this.#describe();
  }

  /** Draws again with the colours of now. */
  recolour() {
    if (this.#uPlot === undefined) return;
    const columns = this.#uPlot.data;
    this.#uPlot.destroy();
    this.#create(columns);
  }

  #create(columns) {
    const { uPlot } = globalThis;
    const { lines, max, bound } = this.#chart;
    const axis = { stroke: colour('--soft'), font: '11px system-ui', ticks: { show: false } };
    this.#uPlot = new uPlot(
      {
        width: this.#plot.clientWidth,
        height,
        padding: [8, 24, 0, 0],
        legend: { show: false },
        cursor: { sync, y: false, points: { size: 6 }, drag: { x: false, y: false } },
        scales: {
          x: { time: true },
          y: { range: (_u, _min, top) => [0, max ?? roundTop(Math.max(top ?? 0, bound ?? 0))] },
        },
        axes: [
          { ...axis, grid: { show: false }, values: timeTexts, space: 70, size: 24 },
          {
            ...axis,
            grid: { stroke: colour('--line'), width: 1 },
            values: (_u, splits) => splits.map((value) => this.#chart.format(value)),
            size: 58,
            space: 38,
          },
        ],
        series: [{}, ...lines.map(seriesOf)],
        hooks: {
          draw: [() => this.#drawBound(), () => this.#drawEvents()],
          setCursor: [() => this.#describe()],
        },
      },
      columns,
      this.#plot,
    );
  }

  #resize() {
    this.#uPlot?.setSize({ width: this.#plot.clientWidth, height });
  }

  /** Marks the bound from which the judge acts. */
  #drawBound() {
    const { bound } = this.#chart;
    if (bound === undefined) return;
    const { ctx, bbox } = this.#uPlot;
    const y = Math.round(this.#uPlot.valToPos(bound, 'y', true));
    ctx.save();
    ctx.strokeStyle = colour('--ink');
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.restore();
  }

  /** Marks each event with a line over the height of the chart. */
  #drawEvents() {
    const { ctx, bbox } = this.#uPlot;
    // Once for all of them: reading a style is slow.
    const colours = { ejection: colour('--bad'), other: colour('--soft') };
    for (const { at, type } of this.#events) {
      const x = Math.round(this.#uPlot.valToPos(at / 1_000, 'x', true));
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.save();
      ctx.strokeStyle = isEjection(type) ? colours.ejection : colours.other;
      ctx.globalAlpha = isEjection(type) ? 1 : 0.45;
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.restore();
    }
  }

  /** Writes the values at the cursor, or else the newest ones, and the events near the cursor. */
  #describe() {
    if (this.#uPlot === undefined) return;
    const { idx, left } = this.#uPlot.cursor;
    const [times, ...values] = this.#uPlot.data;
    const index = idx ?? times.length - 1;
    const shown = this.#chart.lines
      .map((line, number) => ({ ...line, text: this.#chart.format(values[number][index] ?? null) }))
      .filter(({ isFaint }) => isFaint !== true);
    this.#readout.replaceChildren(
      ...shown.map(({ track, kind, label, text }) =>
        make(
          'span',
          { class: track ?? kind },
          label === 'p95' ? `${track} ${text}` : `${label} ${text}`,
        ),
      ),
    );
    if (idx !== null && idx !== undefined) {
      this.onEvents(times[idx], this.#near(left));
      return;
    }
    const words = shown.map(({ track, label, text }) => `${track ?? label} ${text}`).join(', ');
    this.#plot.setAttribute('aria-label', `${this.#chart.title}, newest values: ${words}`);
  }

  #near(left) {
    return this.#events.filter(
      ({ at }) => Math.abs(this.#uPlot.valToPos(at / 1_000, 'x') - left) < nearPixels,
    );
  }
}

const nearPixels = 6;

function seriesOf({ track, kind, label, isFaint, isDashed }) {
  return {
    label: `${track ?? kind} ${label}`,
    stroke: colour(`--${track ?? kind}-line`),
    width: isFaint === true ? 1 : 2,
    alpha: isFaint === true ? 0.55 : 1,
    dash: isDashed === true ? [4, 3] : undefined,
    points: { show: isLonely },
    spanGaps: false,
  };
}

/** True if the line of a series has no neighbours to be drawn to: its points are shown instead. */
function isLonely(plot, series) {
  const values = plot.data[series];
  return values.filter((value) => value !== null).length < 3;
}

function isEjection(type) {
  return type === 'canary-ejected' || type === 'rollout-aborted' || type === 'member-ejected';
}

function timeTexts(_u, splits) {
  const isLong = splits.length > 1 && splits.at(-1) - splits[0] > dayLongSeconds;
  return splits.map((seconds) => (isLong ? day : clock).format(new Date(seconds * 1_000)));
}

/** Top of a scale, a little above the highest value. */
function roundTop(top) {
  return top === null || top <= 0 ? 1 : top * 1.1;
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Says which events are near the cursor. */
export function eventText(element, seconds, events) {
  const at = clock.format(new Date(seconds * 1_000));
  setText(
    element,
    events.length === 0 ? '' : `${at}: ${events.map(({ text }) => text).join('; ')}`,
  );
}
