import { byId, keyedList, make, note, onChange } from './dom.js';
import { timeOf } from './format.js';

/** Draws `overview.events`. */
export const drawEvents = onChange((events) => {
  const none = events?.length === 0 ? 'There are no events yet.' : undefined;
  note(byId('events-empty'), events === null ? 'The events cannot be read.' : none);
  if (events !== null) list(events);
});

const list = keyedList(byId('event-list'), ({ id }) => id, eventItem);

function eventItem({ at, type, text, by }) {
  const what = make('span', { class: 'text' }, text === '' ? type : text);
  return make('li', {}, timeOf(at), what, make('span', { class: 'soft' }, by));
}
