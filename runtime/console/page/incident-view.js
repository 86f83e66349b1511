import { aboutService } from './chosen-service.js';
import { byId, keyedList, make, note, onChange } from './dom.js';
import { duration, sentence, timeOf } from './format.js';
import { openMute } from './mute-dialog.js';
import { read } from './requests.js';

/** Incident that the address of the page names: the link of a message leads here. */
const linked = new URLSearchParams(location.search).get('incident');

/** The linked incident as the console gave it once it was open no more; a string: why there is none. */
let closed;
/** Silences as of the last question about it. */
let asked;
let isShown = false;
let last;

/** Draws `overview.incidents`, and the linked one also if it is resolved. */
export const drawIncidents = onChange((given) => {
  last = given;
  const { incidents, silences, page } = given;
  const isOpen = incidents?.some(({ id }) => id === linked) ?? false;
  // A resolved incident may be silenced too, and nothing else says so.
  const about = JSON.stringify(silences);
  if (linked !== null && incidents !== null && !isOpen && asked !== about) {
    asked = about;
    void findLinked();
  }
  if (isOpen) [closed, asked] = [undefined, undefined];
  const found = isOpen || typeof closed !== 'object' ? [] : [closed];
  const shown = [...found, ...(incidents ?? [])];
  byId('incidents').hidden =
    incidents?.length === 0 && linked === null && (silences ?? []).length === 0;
  note(byId('incidents-empty'), emptyText(incidents));
  note(byId('incidents-linked'), isOpen || typeof closed !== 'string' ? undefined : closed);
  if (incidents !== null) list(shown.map((incident) => ({ incident, page })));
  byId('silences-title').hidden = (silences ?? []).length === 0;
  silenceList((silences ?? []).map((silence) => ({ silence, page })));
  // Once, so that the page does not move under the reader.
  const row = document.querySelector('#incident-list .linked');
  if (row === null || isShown) return;
  isShown = true;
  row.scrollIntoView();
});

/** Draws `overview.resolvedIncidents`. */
export const drawResolved = onChange((incidents) => {
  byId('resolved').hidden = incidents?.length === 0;
  note(
    byId('resolved-empty'),
    incidents === null ? 'The resolved incidents cannot be read.' : undefined,
  );
  resolvedList(incidents ?? []);
});

async function findLinked() {
  try {
    const { incident, text } = await read(`/api/incidents?id=${encodeURIComponent(linked)}`);
    closed = incident ?? `Incident ${linked}: ${text}.`;
  } catch (error) {
    closed = `Incident ${linked}: ${error.message}.`;
  }
  drawIncidents({ ...last, closed });
}

function emptyText(incidents) {
  if (incidents === null) return 'The incidents cannot be read.';
  return incidents.length === 0 ? 'No incident is open.' : undefined;
}

const list = keyedList(byId('incident-list'), ({ incident }) => incident.id, row);
const silenceList = keyedList(
  byId('silence-list'),
  ({ silence }) => `${silence.rule}|${silence.subject ?? ''}`,
  silenceRow,
);
const resolvedList = keyedList(byId('resolved-list'), ({ id }) => id, resolvedRow);

function row({ incident, page }) {
  const { id, details, acknowledgement } = incident;
  const { summary, actions, nextSteps, evidence, runbook } = details;
  return make(
    'li',
    id === linked
      ? {
          class: incident.resolvedAt === null ? 'linked' : 'linked resolved',
          'aria-current': 'true',
        }
      : {},
    make('p', { class: 'title' }, make('strong', {}, summary), ...chips(incident)),
    make('p', { class: 'soft' }, ...times(incident)),
    ...(acknowledgement === null ? [] : [noteOf(acknowledgement)]),
    make(
      'div',
      { class: 'parts' },
      ...(evidence === undefined ? [] : [make('p', { class: 'all' }, `Evidence: ${evidence}.`)]),
      ...section('What Perch did', actions),
      ...steps(nextSteps),
      ...(runbook === undefined ? [] : [make('p', { class: 'all' }, 'Runbook: ', link(runbook))]),
    ),
    ...(page.isReadOnly ? [] : [buttons(incident, page.operator)]),
  );
}

function chips({ resolvedAt, isFlapping, acknowledgement, silence }) {
  return [
    ...(resolvedAt === null ? [] : [make('span', { class: 'pill good chip' }, 'resolved')]),
    ...(isFlapping ? [make('span', { class: 'pill chip' }, 'flapping')] : []),
    ...(acknowledgement === null
      ? []
      : [make('span', { class: 'pill chip' }, `acknowledged by ${acknowledgement.by}`)]),
    ...(silence === null
      ? []
      : [make('span', { class: 'pill chip' }, 'silenced until ', timeOf(silence.untilMs))]),
  ];
}

function times({ rule, subject, openedAt, resolvedAt }) {
  const about = `${rule} of ${subject}, `;
  if (resolvedAt === null) return [`${about}open since `, timeOf(openedAt)];
  const after = ` after ${duration(resolvedAt - openedAt)}`;
  return [`${about}opened `, timeOf(openedAt), ', resolved ', timeOf(resolvedAt), after];
}

function noteOf({ by, reason, at }) {
  const text = reason === undefined ? '' : `: ${reason}`;
  return make('p', { class: 'soft' }, `Acknowledged by ${by}, `, timeOf(at), text);
}

function buttons({ id, rule, subject, resolvedAt, acknowledgement }, operator) {
  const about = `${rule} of ${subject}`;
  const acknowledge = make('button', { type: 'button' }, 'Acknowledge');
  acknowledge.addEventListener('click', () =>
    openMute({
      title: `Acknowledge ${about}`,
      button: 'Acknowledge',
      change: { action: 'acknowledge', incident: id },
      operator,
    }),
  );
  const silence = make('button', { type: 'button' }, 'Silence');
  silence.addEventListener('click', () =>
    openMute({
      title: `Silence ${rule}`,
      button: 'Silence',
      change: { action: 'silence', rule, subject },
      operator,
    }),
  );
  acknowledge.setAttribute('aria-label', `Acknowledge ${about}`);
  silence.setAttribute('aria-label', `Silence ${about}`);
  const isAcknowledgeable = resolvedAt === null && acknowledgement === null;
  return make('div', { class: 'actions' }, ...(isAcknowledgeable ? [acknowledge] : []), silence);
}

function silenceRow({ silence, page }) {
  const { rule, subject, untilMs, by, reason } = silence;
  const about = subject === undefined ? `${rule}, every subject` : `${rule} of ${subject}`;
  const why = reason === undefined ? '' : `: ${reason}`;
  const text = make(
    'span',
    {},
    make('strong', {}, about),
    make('span', { class: 'soft block' }, 'until ', timeOf(untilMs), `, by ${by}${why}`),
  );
  const end = make(
    'button',
    { type: 'button', 'aria-label': `End the silence of ${about}` },
    'End',
  );
  const target = { rule, ...(subject !== undefined && { subject }) };
  end.addEventListener('click', () =>
    openMute({
      title: `End the silence of ${about}`,
      button: 'End the silence',
      change: { action: 'unsilence', ...target },
      operator: page.operator,
    }),
  );
  return make('li', {}, make('div', { class: 'row' }, text, ...(page.isReadOnly ? [] : [end])));
}

function resolvedRow({ id, rule, subject, openedAt, resolvedAt, summary }) {
  const href = aboutService(`/?incident=${encodeURIComponent(id)}#incidents`);
  const about = `${rule} of ${subject}, resolved after ${duration(resolvedAt - openedAt)}`;
  return make(
    'li',
    {},
    make(
      'div',
      { class: 'row' },
      make('a', { href }, summary),
      make('span', { class: 'soft' }, timeOf(resolvedAt)),
    ),
    make('p', { class: 'soft' }, about),
  );
}

function steps(nextSteps) {
  if (nextSteps === undefined) return [];
  if (nextSteps.length === 0) return [make('p', {}, 'Nothing is left to do.')];
  return section('What is left to do', nextSteps);
}

/** Whoever can write to Redis must not make a link that runs a script. */
function link(url) {
  return /^https?:/.test(url) ? make('a', { href: url, rel: 'noreferrer' }, url) : url;
}

function section(title, items) {
  if (items.length === 0) return [];
  const rows = items.map((item) => make('li', {}, make('span', {}, ...sentence(item))));
  return [make('div', {}, make('h3', {}, title), make('ul', { class: 'next' }, ...rows))];
}
