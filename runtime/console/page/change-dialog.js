import { byId, make, note, setText } from './dom.js';
import { post } from './requests.js';

const nameKey = 'perch-operator';
/** Pause after a keystroke before the effects are asked for, milliseconds. */
const typingMs = 250;

/** Time for which the page says that a change is made, milliseconds. */
const doneMs = 15_000;

/** Dialog that is open: what it changes, and the generation of which it told the effects. */
let open;
let typing;
let hiding;

/**
 * Asks for a reason, and says what the change will do before it is made.
 * `change` is `{action, member?}`; an action `weight` asks for the share, beginning with `weight`.
 */
export function openChange({ title, button, isDanger, change, weight, operator }) {
  open = { change, generation: null, opener: document.activeElement };
  setText(byId('change-title'), title);
  setText(byId('change-confirm'), button);
  byId('change-confirm').className = isDanger ? 'primary danger' : 'primary';
  byId('change-weight-field').hidden = change.action !== 'weight';
  byId('change-weight').required = change.action === 'weight';
  byId('change-weight').value = String(weight ?? '');
  byId('change-reason').value = '';
  byId('change-by').value = storedName() ?? operator;
  byId('change-effects').replaceChildren();
  note(byId('change-error'));
  byId('change').showModal();
  byId(change.action === 'weight' ? 'change-weight' : 'change-reason').focus();
  void preview();
}

/** Shows what the change would do now. */
async function preview() {
  const asked = open;
  asked.generation = null;
  try {
    const { generation, effects } = await post('/api/changes/preview', bodyOf(asked));
    if (asked !== open) return;
    asked.generation = generation;
    note(byId('change-error'));
    byId('change-effects').replaceChildren(
      ...effects.map((text) => make('li', {}, make('span', {}, text))),
    );
  } catch (error) {
    if (asked !== open) return;
    byId('change-effects').replaceChildren();
    note(byId('change-error'), capital(error.message));
  }
}

async function confirm() {
  const asked = open;
  if (byId('change-confirm').getAttribute('aria-busy') === 'true') return;
  byId('change-confirm').setAttribute('aria-busy', 'true');
  try {
    if (asked.generation === null) await preview();
    if (asked.generation === null) return;
    const { generation, text } = await post('/api/changes', {
      ...bodyOf(asked),
      reason: byId('change-reason').value,
      by: byId('change-by').value,
      generation: asked.generation,
    });
    storeName(byId('change-by').value);
    byId('change').close();
    showDone(`Done, generation ${generation}: ${text}`);
  } catch (error) {
    // The effects of a release that has changed meanwhile are others.
    await preview();
    note(byId('change-error'), capital(error.message));
  } finally {
    byId('change-confirm').removeAttribute('aria-busy');
  }
}

function showDone(text) {
  clearTimeout(hiding);
  note(byId('done'), text);
  hiding = setTimeout(() => note(byId('done')), doneMs);
}

function bodyOf({ change }) {
  if (change.action !== 'weight') return change;
  return { ...change, weight: byId('change-weight').valueAsNumber };
}

function storedName() {
  try {
    return localStorage.getItem(nameKey);
  } catch (error) {
    console.warn('the browser keeps no name', error);
    return null;
  }
}

function storeName(name) {
  try {
    localStorage.setItem(nameKey, name);
  } catch (error) {
    console.warn('the browser keeps no name', error);
  }
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

byId('change-form').addEventListener('submit', (event) => {
  event.preventDefault();
  void confirm();
});
byId('change-cancel').addEventListener('click', () => byId('change').close());
byId('change-weight').addEventListener('input', () => {
  clearTimeout(typing);
  open.generation = null;
  typing = setTimeout(() => void preview(), typingMs);
});
byId('change').addEventListener('close', () => {
  clearTimeout(typing);
  const { opener } = open;
  open = undefined;
  // The button may be gone with what it changed.
  if (opener.isConnected) opener.focus();
  else byId('main').focus();
});
