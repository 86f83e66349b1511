import { byId, keyedList, make, note, onChange } from './dom.js';
import { timeOf } from './format.js';

const outcomeTones = { deploying: 'busy', interrupted: 'warning', served: 'good' };
const failed = 'bad';

/** Draws `overview.history`. */
export const drawHistory = onChange((history) => {
  note(byId('history-empty'), emptyText(history));
  list(withRollback(history ?? []));
});

/** Adds the command that brings a version back: once for each earlier one that the stable members served. */
function withRollback(history) {
  const offered = new Set(
    history.filter(({ serves }) => serves).map(({ version, stack }) => `${stack} ${version}`),
  );
  return history.map((record) => {
    const { version, stack, track, outcome } = record;
    const name = `${stack} ${version}`;
    if (track !== 'stable' || outcome !== 'served' || version === undefined || offered.has(name)) {
      return record;
    }
    offered.add(name);
    return {
      ...record,
      rollback: `npx perch rollback ${quoted(version)} --stack ${quoted(stack)}`,
    };
  });
}

/** Word of a shell. */
function quoted(word) {
  return /^[\w.+@:/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function emptyText(history) {
  if (history === null) return 'The history of releases cannot be read.';
  return history.length === 0 ? 'No release is recorded yet.' : undefined;
}

const list = keyedList(byId('history-list'), ({ id }) => id, releaseItem);

function releaseItem(record) {
  const { at, version, track, action, outcome, by, stack, commit, reason, serves } = record;
  const { rollback, ended } = record;
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
    ...(ended
      ? [make('p', { class: 'soft' }, `${ended.text} (${ended.by}, `, timeOf(ended.at), ')')]
      : []),
    ...(rollback === undefined ? [] : [rollbackLine(rollback)]),
  );
}

/** Command that needs Pulumi, with a button that copies it. */
function rollbackLine(command) {
  const name = `Copy: ${command}`;
  const button = make('button', { type: 'button', class: 'quiet', 'aria-label': name }, 'Copy');
  const code = make('code', {}, command);
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(command);
      button.textContent = 'Copied';
    } catch {
      // A page that is not served by https or on loopback may not write to the clipboard.
      getSelection().selectAllChildren(code);
      button.textContent = 'Selected: press Ctrl+C';
    }
  });
  return make('p', { class: 'rollback' }, 'Roll back: ', code, ' ', button);
}
