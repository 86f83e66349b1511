import { byId, make, note, setText } from './dom.js';
import { openFlag, openToggle } from './flag-dialog.js';

const conditions = {
  waiting: 'No flags have been read yet.',
  unreachable: 'Redis does not respond. These are the last known flags.',
  absent: 'The flags are gone from Redis. These are the last known flags.',
};

/** Flag key -> its row. Rows are reused, so that the keyboard's focus stays in place. */
const rows = new Map();

let page = { isReadOnly: true };

/** Draws `overview.flags`. A name opens its flag; a switch asks for a confirmation. */
export function drawFlags({ condition, list }, ofPage) {
  page = ofPage;
  byId('flag-new').hidden = page.isReadOnly;
  const none = list?.length === 0 ? 'There are no flags.' : undefined;
  note(byId('flags-empty'), conditions[condition] ?? none);
  const flags = list ?? [];
  for (const [key, row] of rows) {
    if (flags.some((flag) => flag.key === key)) continue;
    row.element.remove();
    rows.delete(key);
  }
  for (const [index, flag] of flags.entries()) {
    const row = rows.get(flag.key) ?? newRow(flag.key);
    rows.set(flag.key, row);
    drawRow(row, flag, page.isReadOnly);
    const current = byId('flag-list').children[index];
    if (current !== row.element) byId('flag-list').insertBefore(row.element, current ?? null);
  }
}

function newRow(key) {
  const button = make('button', { type: 'button', id: `flag-${key}` });
  const value = make('span', { class: 'value' });
  const title = 'Targeting may give some callers another variant';
  const targeting = make('span', { class: 'pill', title }, 'targeted');
  const description = make('span', { class: 'soft' });
  const name = make('button', { type: 'button', class: 'name', id: `name-${key}` }, key);
  const about = make('div', { class: 'about' }, name, targeting, description);
  const element = make('li', {}, about, value, button);
  name.addEventListener('click', () => void openFlag(key, page));
  button.addEventListener('click', () => openToggle(key, page));
  return { element, button, value, targeting, description };
}

function drawRow({ element, button, value, targeting, description }, flag, isReadOnly) {
  const off = flag.state === 'DISABLED';
  const isSwitch = isBoolean(flag) && !off;
  element.classList.toggle('off', off);
  setText(description, flag.description ?? '');
  targeting.hidden = !flag.targeted;
  setText(value, off ? 'disabled' : (flag.defaultVariant ?? "caller's default"));
  button.hidden = isReadOnly || (!off && Object.keys(flag.variants).length !== 2);
  button.classList.toggle('switch', isSwitch);
  if (isSwitch) {
    button.setAttribute('role', 'switch');
    button.setAttribute('aria-labelledby', `name-${flag.key}`);
    button.setAttribute('aria-checked', String(flag.variants[flag.defaultVariant] === true));
    setText(button, '');
  } else {
    button.removeAttribute('role');
    button.setAttribute('aria-labelledby', `name-${flag.key} ${button.id}`);
    button.removeAttribute('aria-checked');
    setText(button, off ? 'Enable' : `Switch to ${otherVariant(flag)}`);
  }
}

function isBoolean({ variants, defaultVariant }) {
  const values = Object.values(variants);
  return (
    values.length === 2 &&
    values.includes(true) &&
    values.includes(false) &&
    defaultVariant in variants
  );
}

/** Variant after a toggle; see FlagStore. */
function otherVariant({ variants, defaultVariant }) {
  const [first, second] = Object.keys(variants);
  return defaultVariant === first ? second : first;
}

byId('flag-new').addEventListener('click', () => void openFlag('', page));
