import { byId, make, note, onChange } from './dom.js';

/** Draws `overview.events`. */
export const drawEvents = onChange((events) => {
  const none = events?.length === 0 ? 'There are no events yet.' : undefined;
  note(byId('events-empty'), events === null ? 'The events cannot be read.' : none);
  if (events !== null) byId('event-list').replaceChildren(...events.map(row));
});

function row({ at, type, text, by }) {
  const date = new Date(at);
  const time = make(
    'time',
    { datetime: date.toISOString(), title: date.toLocaleString() },
    when(date),
  );
  const what = make('span', { class: 'text' }, text === '' ? type : text);
  return make('li', {}, time, what, make('span', { class: 'soft' }, by));
}

function when(date) {
  const today = new Date().toDateString() === date.toDateString();
  return today ? date.toLocaleTimeString() : date.toLocaleDateString();
}
