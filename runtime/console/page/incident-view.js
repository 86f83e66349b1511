import { byId, make, note, onChange } from './dom.js';
import { sentence, timeOf } from './format.js';

/** Incident that the address of the page names: the link of a message leads here. */
const linked = new URLSearchParams(location.search).get('incident');

/** Draws `overview.incidents`. */
export const drawIncidents = onChange((incidents) => {
  byId('incidents').hidden = incidents?.length === 0 && linked === null;
  note(byId('incidents-empty'), emptyText(incidents));
  if (incidents === null) return;
  const drawn = document.querySelector('#incident-list .linked');
  byId('incident-list').replaceChildren(...incidents.map(row));
  // Once, so that the page does not move under the reader.
  if (drawn === null) document.querySelector('#incident-list .linked')?.scrollIntoView();
});

function emptyText(incidents) {
  if (incidents === null) return 'The incidents cannot be read.';
  if (linked === null || incidents.some(({ id }) => id === linked)) return undefined;
  return `Incident ${linked} is not open any more. perch incidents --all shows resolved ones.`;
}

function row({ id, rule, subject, openedAt, details, notes }) {
  const { summary, actions, nextSteps, evidence, runbook } = details;
  const about = make(
    'p',
    { class: 'soft' },
    `${rule} of ${subject}, open since `,
    timeOf(openedAt),
  );
  return make(
    'li',
    id === linked ? { class: 'linked', 'aria-current': 'true' } : {},
    make(
      'p',
      { class: 'title' },
      make('strong', {}, summary),
      ...notes.map((text) => make('span', { class: 'pill chip' }, text)),
    ),
    about,
    make(
      'div',
      { class: 'parts' },
      ...(evidence === undefined ? [] : [make('p', { class: 'all' }, `Evidence: ${evidence}.`)]),
      ...list('What Perch did', actions),
      ...steps(nextSteps),
      ...(runbook === undefined ? [] : [make('p', { class: 'all' }, 'Runbook: ', link(runbook))]),
    ),
  );
}

function steps(nextSteps) {
  if (nextSteps === undefined) return [];
  if (nextSteps.length === 0) return [make('p', {}, 'Nothing is left to do.')];
  return list('What is left to do', nextSteps);
}

/** Whoever can write to Redis must not make a link that runs a script. */
function link(url) {
  return /^https?:/.test(url) ? make('a', { href: url, rel: 'noreferrer' }, url) : url;
}

function list(title, items) {
  if (items.length === 0) return [];
  const rows = items.map((item) => make('li', {}, make('span', {}, ...sentence(item))));
  return [make('div', {}, make('h3', {}, title), make('ul', { class: 'next' }, ...rows))];
}
