import { chosenService, hasIncident } from './chosen-service.js';
import { byId, keyedList, make, note, onChange, setText } from './dom.js';
import { count, percent } from './format.js';

/** Tone of a service -> its word in the list. */
const toneWords = {
  bad: 'harmed',
  warning: 'needs you',
  unknown: 'unknown',
  busy: 'rolling out',
  good: 'quiet',
};
const tonePills = { bad: 'bad', warning: 'warning', unknown: '', busy: 'busy', good: 'good' };
const urgent = ['bad', 'warning', 'unknown'];

/** Draws `overview.services`: the list of several, or the way back to it. */
export const drawServices = onChange(({ services, service }) => {
  const several = services !== null && services.length > 1;
  const isList = several && chosenService === null && !hasIncident;
  document.body.classList.toggle('lists-services', isList);
  byId('services').hidden = !isList;
  byId('back').hidden = !several || isList;
  if (!several) return;
  const waiting = services.filter(({ tone }) => urgent.includes(tone)).map((one) => one.service);
  const others = waiting.filter((name) => name !== service);
  setText(
    byId('back-note'),
    others.length === 0 ? '' : `${othersText(others.length)}: ${others.join(', ')}`,
  );
  setText(byId('services-sentence'), listSentence(services.length, waiting.length));
  document.body.dataset.services = String(services.length);
  list(services);
});

function listSentence(all, waiting) {
  return waiting === 0
    ? `All ${count(all)} services are well.`
    : `${count(waiting)} of ${count(all)} services ${waiting === 1 ? 'needs' : 'need'} you.`;
}

function othersText(others) {
  return others === 1 ? 'Another service needs you' : `${count(others)} others need you`;
}

const list = keyedList(byId('service-list'), ({ service }) => service, serviceItem);

function serviceItem({ service, addresses, tone, sentence, weight, incidents }) {
  const href = `/?service=${encodeURIComponent(service)}`;
  const address = addresses.length === 0 ? 'no host name' : addresses.join(', ');
  const item = make(
    'li',
    { 'data-tone': tone },
    make(
      'div',
      { class: 'row' },
      make(
        'span',
        {},
        make('a', { href }, service),
        ' ',
        make('span', { class: `pill ${tonePills[tone]}` }, toneWords[tone]),
        ...(incidents === 0
          ? []
          : [' ', make('span', { class: 'pill bad' }, incidentsText(incidents))]),
      ),
      make('span', { class: 'soft' }, weight === null ? 'no canary' : `canary ${percent(weight)}`),
    ),
    make('p', {}, sentence),
    make('p', { class: 'soft' }, address),
  );
  return item;
}

function incidentsText(incidents) {
  return incidents === 1 ? '1 incident' : `${count(incidents)} incidents`;
}

/** Returns true if the page shows the list in place of one service. */
export function listsServices() {
  return document.body.classList.contains('lists-services');
}

/** Goes back to the list by the key u, as mail programs do. */
export function startServices() {
  document.addEventListener('keydown', ({ key, target, ctrlKey, metaKey, altKey }) => {
    const isTyping = target instanceof Element && target.matches('input, textarea, select');
    if (key !== 'u' || isTyping || ctrlKey || metaKey || altKey) return;
    if (!byId('back').hidden && document.querySelector('dialog[open]') === null) {
      location.assign('/');
    }
  });
}

/** Names the service in a confirmation, if there are several; undefined otherwise. */
export function noteService(element) {
  const isOne = Number(document.body.dataset.services ?? 1) < 2;
  note(element, isOne ? undefined : `Service ${byId('service').textContent}`);
}
