import { byId, make, note, onChange } from './dom.js';

const shownResolved = 5;

/** Id of the incident that a message's link opens: `?incident=ID`. */
const linked = new URLSearchParams(location.search).get('incident');
let isOpened = false;

/** Draws `overview.incidents`, and scrolls once to the linked one. */
export const drawIncidents = onChange((incidents) => {
  const open = incidents?.filter(({ resolvedAt }) => resolvedAt === null);
  note(byId('incidents-empty'), emptyText(incidents, open));
  if (incidents === null) return;
  const resolved = incidents.filter(({ resolvedAt }) => resolvedAt !== null);
  const shown = resolved.filter(({ id }, index) => index < shownResolved || id === linked);
  byId('incident-list').replaceChildren(...[...open, ...shown].map(row));
  const target = document.querySelector('#incident-list .linked');
  if (target === null || isOpened) return;
  isOpened = true;
  target.scrollIntoView({ block: 'center' });
  target.focus({ preventScroll: true });
});

function emptyText(incidents, open) {
  if (incidents === null) return 'The incidents cannot be read.';
  if (linked !== null && !incidents.some(({ id }) => id === linked)) {
    return `Incident ${linked} is not stored any more.`;
  }
  return open.length === 0 ? 'No incident is open.' : undefined;
}

function row(incident) {
  const { id, rule, subject, openedAt, resolvedAt, summary, notes, nextSteps, runbook } = incident;
  const isOpen = resolvedAt === null;
  const time = new Date(openedAt);
  const opened = make('time', { datetime: time.toISOString() }, time.toLocaleString());
  const state = make(
    'span',
    { class: `chip ${isOpen ? 'open' : ''}` },
    isOpen ? 'open' : 'resolved',
  );
  const chips = notes.map((text) => make('span', { class: 'chip' }, text));
  const about = make('span', { class: 'soft' }, `${rule} of ${subject}, since `, opened);
  const item = make(
    'li',
    {},
    make('p', {}, state, ...chips, ' ', make('strong', {}, summary)),
    about,
  );
  const steps = (isOpen ? nextSteps : []) ?? [];
  if (steps.length > 0) {
    item.append(make('ul', { class: 'steps' }, ...steps.map((step) => make('li', {}, step))));
  }
  if (isOpen && nextSteps?.length === 0) item.append(make('p', {}, 'Nothing is left to do.'));
  if (runbook !== null) {
    item.append(make('a', { href: runbook, rel: 'noreferrer' }, 'Runbook'));
  }
  if (id === linked) {
    item.classList.add('linked');
    item.setAttribute('tabindex', '-1');
    item.setAttribute('aria-current', 'true');
  }
  return item;
}
