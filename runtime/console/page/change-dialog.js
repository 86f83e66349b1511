import { byId, make, note, setText } from './dom.js';
import { capital, sentence } from './format.js';
import { post } from './requests.js';
import { noteService } from './service-view.js';
import { signedInName } from './sign-in-view.js';

const nameKey = 'perch-operator';
/** Pause after a keystroke before the effects are asked for, milliseconds. */
const typingMs = 250;

/** Time for which the page says that a change is made, milliseconds. */
const doneMs = 15_000;

/** Dialog that is open: what it changes, and of what it told the effects; null: of nothing yet. */
let open;
let typing;
let hiding;

/**
 * Asks for a reason, and says what the change will do before it is made.
 * `change` is `{action, member?}`; an action `weight` asks for the share, beginning with `weight`.
 * Another dialog gives the `path` of its API, `bodyOf()`, the id of its `first` field, `fill()`, which shows
 * its own fields, and `close()`;
 * `confirmationOf()`, what only a confirmation sends; `onPreview(answer)`, which returns what a
 * confirmation sends of it, or null if there can be none; and `onRefused(answer)`, which is true if the
 * dialog says itself what is wrong. It may open while another one is open, and takes its place.
 */
export function openChange({
  title,
  button,
  isDanger,
  change,
  weight,
  operator,
  path = '/api/changes',
  bodyOf = () => releaseChange(change),
  first = change.action === 'weight' ? 'change-weight' : 'change-reason',
  fill = () => undefined,
  close = () => undefined,
  confirmationOf = () => ({}),
  onPreview = ({ effects: _effects, ...seen }) => seen,
  onRefused = () => false,
  isReadOnly = false,
}) {
  const opener = open?.opener ?? document.activeElement;
  open?.close();
  open = { path, bodyOf, close, confirmationOf, onPreview, onRefused, isReadOnly };
  Object.assign(open, { seen: null, round: 0, opener });
  setText(byId('change-title'), title);
  noteService(byId('change-service'));
  setText(byId('change-confirm'), button);
  byId('change-confirm').className = isDanger ? 'primary danger' : 'primary';
  byId('change-weight-field').hidden = change.action !== 'weight';
  byId('change-weight').required = change.action === 'weight';
  byId('change-weight').value = String(weight ?? '');
  byId('change-reason').value = '';
  const isNamed = signedInName() !== null;
  byId('change-by-field').hidden = isNamed;
  byId('change-by').required = !isNamed;
  byId('change-by').value = isNamed ? '' : (storedName() ?? operator);
  byId('change-effects').replaceChildren();
  note(byId('change-error'));
  byId('change').classList.toggle('only-shows', isReadOnly);
  fill();
  if (!byId('change').open) byId('change').showModal();
  byId(first).focus();
  if (!isReadOnly) void preview();
}

/** Shows what the change would do now. */
async function preview() {
  const asked = open;
  const round = (asked.round += 1);
  const isOld = () => asked !== open || asked.round !== round;
  asked.seen = null;
  try {
    const answer = await post(`${asked.path}/preview`, asked.bodyOf());
    if (isOld()) return;
    note(byId('change-error'));
    asked.seen = asked.onPreview(answer);
    byId('change-effects').replaceChildren(
      ...answer.effects.map((text) => make('li', {}, make('span', {}, ...sentence(text)))),
    );
  } catch (error) {
    if (isOld()) return;
    byId('change-effects').replaceChildren();
    const isSaid = asked.onRefused(error.answer);
    note(byId('change-error'), isSaid ? undefined : capital(error.message));
  }
}

/** Asks for the effects anew, once the person has stopped typing. */
export function previewSoon() {
  clearTimeout(typing);
  open.seen = null;
  open.round += 1;
  typing = setTimeout(() => void preview(), typingMs);
}

async function confirm() {
  const asked = open;
  if (asked.isReadOnly || byId('change-confirm').getAttribute('aria-busy') === 'true') return;
  clearTimeout(typing);
  byId('change-confirm').setAttribute('aria-busy', 'true');
  try {
    if (asked.seen === null) await preview();
    if (asked.seen === null) return;
    const { generation, text } = await post(asked.path, {
      ...asked.bodyOf(),
      reason: byId('change-reason').value,
      ...asked.confirmationOf(),
      ...givenName(),
      ...asked.seen,
    });
    byId('change').close();
    showDone(`Done${generation === undefined ? '' : `, generation ${generation}`}: ${text}`);
  } catch (error) {
    // The effects of what has changed meanwhile are others.
    asked.onRefused(error.answer);
    await preview();
    note(byId('change-error'), capital(error.message));
  } finally {
    byId('change-confirm').removeAttribute('aria-busy');
  }
}

/** Name that the person gave, which the browser remembers; none of somebody who is signed in. */
function givenName() {
  if (signedInName() !== null) return {};
  const by = byId('change-by').value;
  storeName(by);
  return { by };
}

function showDone(text) {
  clearTimeout(hiding);
  note(byId('done'), text);
  hiding = setTimeout(() => note(byId('done')), doneMs);
}

function releaseChange(change) {
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

byId('change-form').addEventListener('submit', (event) => {
  event.preventDefault();
  void confirm();
});
byId('change-cancel').addEventListener('click', () => byId('change').close());
byId('change-weight').addEventListener('input', previewSoon);
byId('change').addEventListener('close', () => {
  clearTimeout(typing);
  const { opener, close } = open;
  close();
  open = undefined;
  // The button may be gone with what it changed.
  if (opener.isConnected) opener.focus();
  else byId('main').focus();
});
