import { byId, make, note, onChange } from './dom.js';

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

function row({ id, rule, subject, openedAt, details }) {
  const { summary, actions, nextSteps, evidence, runbook } = details;
  const about = `${rule} of ${subject}, open since ${new Date(openedAt).toLocaleString()}`;
  const text = make(
    'div',
    { class: 'text' },
    make('strong', {}, summary),
    make('span', { class: 'soft' }, about),
    ...list('What Perch did:', actions),
    ...steps(nextSteps),
    ...(evidence === undefined ? [] : [make('p', {}, `Evidence: ${evidence}.`)]),
    ...(runbook === undefined ? [] : [make('p', {}, `Runbook: ${runbook}`)]),
  );
  return make('li', id === linked ? { class: 'linked', 'aria-current': 'true' } : {}, text);
}

function steps(nextSteps) {
  if (nextSteps === undefined) return [];
  if (nextSteps.length === 0) return [make('p', {}, 'Nothing is left to do.')];
  return list('What is left to do:', nextSteps);
}

function list(title, items) {
  if (items.length === 0) return [];
  return [make('p', {}, title), make('ul', {}, ...items.map((item) => make('li', {}, item)))];
}
