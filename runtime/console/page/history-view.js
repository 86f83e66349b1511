import { byId, keyedList, make, note, onChange } from './dom.js';
import { count, percent, timeOf } from './format.js';

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
    ...(ended ? [endOf(ended)] : []),
    ...(rollback === undefined ? [] : [rollbackLine(rollback)]),
  );
}

/** Reason for which a canary ended, which unfolds to the numbers that it was judged by. */
function endOf({ text, by, at, judged }) {
  const sentence = [`${text} (${by}, `, timeOf(at), ')'];
  if (judged === undefined) return make('p', { class: 'soft' }, ...sentence);
  const { rule, unit, canary, stable, sinceMs, evidence, bound } = judged;
  const since = sinceMs === undefined ? 'of the whole trial' : ['since ', timeOf(sinceMs)];
  return make(
    'details',
    { class: 'judged' },
    make('summary', { class: 'soft' }, ...sentence),
    make(
      'dl',
      {},
      ...entry('Decided by', ruleNames[rule] ?? rule),
      ...entry('Counted', unit, ' ', ...[since].flat()),
      ...entry('Canary', countsOf(canary)),
      ...entry('Stable', countsOf(stable)),
      ...(evidence === undefined
        ? []
        : entry('Evidence', `${number(evidence)}, decides from ${number(bound)}`)),
    ),
  );
}

const ruleNames = {
  errors: 'failed requests',
  latency: 'slow requests',
  rejections: 'rejected requests (4xx)',
  safety: 'proof of safety',
};

function entry(name, ...value) {
  return [make('dt', {}, name), make('dd', {}, ...value)];
}

function countsOf({ all, bad }) {
  const share = all === 0 ? '' : ` (${percent((100 * bad) / all)})`;
  return `${count(bad)} of ${count(all)} bad${share}`;
}

/** Number with three digits that count; a huge one as a power. */
function number(value) {
  return value >= 1e6 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

/** Command that needs Pulumi, with a button that copies it. */
function rollbackLine(command) {
  const button = make('button', { type: 'button', class: 'quiet' });
  const say = (text) => {
    button.textContent = text;
    button.ariaLabel = `${text}: ${command}`;
  };
  say('Copy');
  const code = make('code', {}, command);
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(command);
      say('Copied');
    } catch {
      // A page that is not served by https or on loopback may not write to the clipboard.
      getSelection().selectAllChildren(code);
      say('Selected, press Ctrl+C');
    }
  });
  return make('p', { class: 'rollback' }, 'Roll back: ', code, ' ', button);
}
