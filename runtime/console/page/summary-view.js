import { aboutService } from './chosen-service.js';
import { byId, make, note, onChange, setText } from './dom.js';
import { sentence, timeOf } from './format.js';

/** Phase of a rollout -> tone of its pill. */
const phaseTones = {
  idle: '',
  progressing: 'busy',
  paused: 'warning',
  promoting: 'busy',
  succeeded: 'good',
  aborted: 'bad',
};

/** Draws `overview.summary`. */
export const drawSummary = onChange(({ tone, sentence: text, detail, next, incidentId }) => {
  byId('summary').dataset.tone = tone;
  setText(byId('summary-sentence'), unbroken(text));
  note(byId('summary-detail'), detail ?? undefined);
  byId('next').hidden = next.length === 0 && incidentId === null;
  byId('next-list').replaceChildren(
    ...next.map((step) => make('li', {}, make('span', {}, ...sentence(step)))),
    ...(incidentId === null ? [] : [incidentLink(incidentId)]),
  );
});

/** Keeps numbers and their units on one line. */
function unbroken(text) {
  return text.replaceAll(/(\d) (min|h|d|of|%)/g, '$1\u00A0$2').replaceAll(' of ', ' of\u00A0');
}

function incidentLink(id) {
  const href = aboutService(`/?incident=${encodeURIComponent(id)}#incidents`);
  return make(
    'li',
    {},
    make(
      'span',
      {},
      make('a', { href }, 'See the incident: what happened, and what is left to do'),
    ),
  );
}

/** Draws the last change of `overview.release`. */
export const drawRelease = onChange(({ document }) => {
  setText(byId('phase'), document === null || document.phase === 'idle' ? '' : document.phase);
  byId('phase').className = `pill ${phaseTones[document?.phase] ?? ''}`;
  byId('last-change').replaceChildren(...(document === null ? [] : lastChange(document)));
});

function lastChange({ reason, updatedBy, updatedAt, generation }) {
  return [
    `Last change: ${reason}, by ${updatedBy}, `,
    timeOf(updatedAt),
    ` · generation ${generation}`,
  ];
}

/** Draws `overview.maintenance`. */
export const drawMaintenance = onChange((maintenance) => {
  note(byId('maintenance'), maintenanceText(maintenance));
});

/** Undefined outside of a maintenance. */
function maintenanceText(maintenance) {
  if (maintenance === null) return undefined;
  const { current, stillAppliedBy } = maintenance;
  if (current !== null) {
    const since = new Date(current.since).toLocaleString();
    const what = current.hasPage ? 'a page of its own, or' : 'with';
    return `In maintenance since ${since}, by ${current.by}: requests get 503, ${what} "${current.message}"`;
  }
  if (stillAppliedBy.length === 0) return undefined;
  const proxies = stillAppliedBy.join(', ');
  return `Redis lost the maintenance that ${proxies} still apply: end it with "perch maintenance off".`;
}
