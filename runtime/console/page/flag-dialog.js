import { openChange, previewSoon } from './change-dialog.js';
import { byId, make, note } from './dom.js';
import { sentence, timeOf } from './format.js';
import { fillForm, formNow, showProblems } from './flag-form.js';
import { read } from './requests.js';

const path = '/api/flags';

/** Flag that is edited, and which side a person typed into last: 'form', 'text' or null, in step. */
let edited;

/** Opens a flag in a form with its JSON beside it; without a key, a new one. */
export async function openFlag(key, page) {
  try {
    const flag = await read(key === '' ? path : `${path}?key=${encodeURIComponent(key)}`);
    note(byId('alert'));
    show(flag, page);
  } catch (error) {
    note(byId('alert'), `Flag ${key} cannot be shown: ${error.message}`);
  }
}

/** Asks for a confirmation of a toggle. */
export function openToggle(key, { operator }) {
  const change = { action: 'toggle', key };
  openChange({ title: `Toggle ${key}`, button: 'Toggle', change, operator, path });
}

function show(flag, page) {
  const { isReadOnly, operator } = page;
  const isNew = flag.key === '';
  edited = { ...flag, page, source: null };
  openChange({
    title: isNew ? 'New flag' : `Flag ${flag.key}`,
    button: isNew ? 'Create' : 'Save',
    change: {},
    operator,
    path,
    bodyOf: changeNow,
    first: isReadOnly ? 'change-cancel' : isNew ? 'flag-key' : 'flag-enabled',
    isReadOnly,
    onPreview: follow,
    onRefused: refused,
    fill: () => fill(flag),
    close: hide,
  });
}

function fill(flag) {
  const { isReadOnly } = edited.page;
  const isNew = flag.key === '';
  byId('flag-fields').hidden = false;
  byId('change').classList.add('wide');
  byId('flag-inputs').disabled = isReadOnly;
  byId('flag-key-field').hidden = !isNew;
  byId('flag-key').value = '';
  byId('flag-text').value = flag.text;
  byId('flag-text').readOnly = isReadOnly;
  byId('flag-delete').hidden = isNew || isReadOnly;
  byId('flag-reload').hidden = true;
  byId('flag-inputs').hidden = flag.form === null;
  if (flag.form !== null) fillForm(flag.form, shownOf(flag.text));
  showProblems([]);
  showAudience(flag.audience);
  showChanges(flag);
}

function hide() {
  byId('flag-fields').hidden = true;
  byId('flag-delete').hidden = true;
  byId('flag-reload').hidden = true;
  // Its controls would keep another dialog from being confirmed.
  byId('flag-inputs').disabled = true;
  byId('change').classList.remove('wide');
}

function shownOf(text) {
  return { variants: Object.keys(JSON.parse(text).variants), operators: edited.operators };
}

function changeNow() {
  return {
    action: 'set',
    key: edited.key === '' ? byId('flag-key').value.trim() : edited.key,
    text: byId('flag-text').value,
    seen: edited.seen,
    ...(edited.source === 'form' && { form: formNow() }),
  };
}

/** Brings the side that nobody typed into in step; returns null if the flag cannot be stored. */
function follow({ problems, meanwhile, text, form, audience }) {
  showProblems(problems);
  showAudience(audience);
  if (meanwhile !== undefined) {
    note(byId('change-error'), `The flag ${meanwhile} Your change is of the flag before that.`);
    byId('flag-reload').hidden = false;
  }
  if (text !== undefined) {
    if (edited.source === 'form') byId('flag-text').value = text;
    if (edited.source === 'text') {
      byId('flag-inputs').hidden = false;
      fillForm(form, shownOf(text));
    }
    edited.source = null;
  }
  return problems.length === 0 ? {} : null;
}

/** Shows the problems of a refusal; from then on, the flag is edited as it is stored now. */
function refused({ problems, seen } = {}) {
  if (seen !== undefined) {
    edited.seen = seen;
    byId('flag-reload').hidden = false;
  }
  if (problems === undefined) return false;
  showProblems(problems.map((each) => ({ ...each, field: each.field.replace(/^form\./, '') })));
  return problems.every(({ field }) => field.startsWith('form.') || field === 'key');
}

function showAudience(sentences) {
  byId('flag-audience').replaceChildren(...sentences.map((text) => make('li', {}, text)));
}

function showChanges({ key, changes, isRecorded, seen }) {
  byId('flag-history').hidden = key === '';
  byId('flag-history').open = edited.page.isReadOnly;
  const unrecorded = 'A version of Perch that records no changes was the last to change this flag.';
  note(byId('flag-unrecorded'), isRecorded || seen === '' ? undefined : unrecorded);
  byId('flag-changes').replaceChildren(
    ...changes.map((change, index) => changeItem(change, isRecorded && index === 0)),
  );
}

function changeItem({ id, at, by, reason, effects }, isNewest) {
  const button = make('button', { type: 'button', class: 'quiet' });
  button.textContent = isNewest ? 'Undo' : 'Go back to before';
  button.hidden = edited.page.isReadOnly;
  const { key, page } = edited;
  button.addEventListener('click', () => {
    const title = isNewest ? `Undo the newest change of ${key}` : `Bring back an earlier ${key}`;
    const change = { action: 'undo', key, change: id };
    openChange({ title, button: 'Undo', change, operator: page.operator, path });
  });
  const why = reason === undefined ? [] : [make('p', { class: 'soft' }, reason)];
  return make(
    'li',
    {},
    make('div', { class: 'row' }, make('span', {}, timeOf(at), ` by ${by}`), button),
    make('p', {}, ...sentence(effects.join(' '))),
    ...why,
  );
}

function openDelete() {
  const { key, page } = edited;
  openChange({
    title: `Delete ${key}`,
    button: 'Delete',
    isDanger: true,
    change: { action: 'delete', key },
    operator: page.operator,
    path,
    first: 'flag-name',
    confirmationOf: () => ({ name: byId('flag-name').value }),
    fill: () => requireName(true),
    close: () => requireName(false),
  });
}

function requireName(isAsked) {
  byId('flag-name-field').hidden = !isAsked;
  byId('flag-name').required = isAsked;
  byId('flag-name').value = '';
}

function typed(source) {
  edited.source = source;
  previewSoon();
}

for (const id of ['flag-key', 'flag-text']) {
  byId(id).setAttribute('aria-describedby', 'flag-problems');
}
byId('flag-inputs').addEventListener('input', () => typed('form'));
byId('flag-text').addEventListener('input', () => typed('text'));
byId('flag-key').addEventListener('input', () => previewSoon());
byId('flag-delete').addEventListener('click', openDelete);
byId('flag-reload').addEventListener('click', () => void openFlag(edited.key, edited.page));
