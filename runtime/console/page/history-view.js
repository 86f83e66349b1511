import { byId, keyedList, make, note, onChange } from './dom.js';
import { timeOf } from './format.js';

const outcomeTones = { deploying: 'busy', interrupted: 'warning', served: 'good' };
const failed = 'bad';

/** Draws `overview.history`. */
export const drawHistory = onChange((history) => {
  note(byId('history-empty'), emptyText(history));
  list(history ?? []);
});

function emptyText(history) {
  if (history === null) return 'The history of releases cannot be read.';
  return history.length === 0 ? 'No release is recorded yet.' : undefined;
}

const list = keyedList(byId('history-list'), ({ id }) => id, releaseItem);

function releaseItem({ at, version, track, action, outcome, by, stack, commit, reason, serves }) {
  const tone = serves ? 'good' : (outcomeTones[outcome] ?? failed);
  const source = commit === undefined ? '' : ` · commit ${commit.slice(0, 12)}`;
  return make(
    'li',
    {},
    make(
      'div',
      { class: 'row' },
      make(
        'span',
        {},
        make('strong', {}, version ?? 'unknown version'),
        ' ',
        make('span', { class: `pill ${track}` }, track),
        ' ',
        make('span', { class: `pill ${tone}` }, serves ? `${outcome}, serves now` : outcome),
      ),
      make('span', { class: 'soft' }, timeOf(at)),
    ),
    make('p', { class: 'soft' }, `${action} of stack ${stack} by ${by ?? 'pulumi up'}${source}`),
    ...(reason === undefined ? [] : [make('p', { class: 'soft' }, reason)]),
  );
}
