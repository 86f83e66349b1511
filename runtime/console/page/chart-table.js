import { make } from './dom.js';
import { timeOf } from './format.js';

/** Numbers of one chart as a table, newest first, behind a button. Its rows exist only while it is open. */
export class ChartTable {
  #chart;
  #button;
  #region;
  #body;
  #shown;

  constructor(chart) {
    this.#chart = chart;
    const id = `chart-table-${chart.id}`;
    this.#button = make(
      'button',
      { type: 'button', class: 'quiet', 'aria-expanded': 'false', 'aria-controls': id },
      'Table',
      make('span', { class: 'hidden' }, ` of ${chart.title}`),
    );
    this.#button.addEventListener('click', () => this.#toggle());
    const head = make(
      'tr',
      {},
      ...['Time', ...chart.lines.map(columnName), 'Changes'].map(heading),
    );
    this.#body = make('tbody');
    const caption = make('caption', { class: 'hidden' }, chart.title);
    const label = `Table: ${chart.title}`;
    this.#region = make(
      'div',
      { id, class: 'chart-table', role: 'region', tabindex: '0', 'aria-label': label },
      make('table', {}, caption, make('thead', {}, head), this.#body),
    );
    this.#region.hidden = true;
    this.element = make('div', { class: 'chart-numbers' }, this.#button, this.#region);
  }

  /** Takes the columns that the chart draws, and the events of its time. */
  draw(columns, { events, periodMs }) {
    this.#shown = { columns, events, periodMs };
    if (!this.#region.hidden) this.#fill();
  }

  #toggle() {
    const isOpen = this.#region.hidden;
    this.#region.hidden = !isOpen;
    this.#button.setAttribute('aria-expanded', String(isOpen));
    if (isOpen) this.#fill();
    else this.#body.replaceChildren();
  }

  #fill() {
    if (this.#shown === undefined) return;
    const { columns, events, periodMs } = this.#shown;
    const [times, ...values] = columns;
    const rows = times.map((seconds, index) => {
      const startMs = seconds * 1_000;
      const changes = events.filter(({ at }) => at >= startMs && at < startMs + periodMs);
      return make(
        'tr',
        {},
        make('th', { scope: 'row' }, timeOf(startMs)),
        ...values.map((column) =>
          make('td', { class: 'number' }, this.#chart.format(column[index])),
        ),
        make('td', {}, changes.map(({ text }) => text).join('; ')),
      );
    });
    this.#body.replaceChildren(...rows.toReversed());
  }
}

function columnName({ track, label }) {
  return track === undefined || track === label ? label : `${track} ${label}`;
}

function heading(text) {
  return make('th', { scope: 'col' }, text);
}
