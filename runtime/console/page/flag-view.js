import { byId, make, note, setText } from './dom.js';

const conditions = {
  waiting: 'No flags have been read yet.',
  unreachable: 'Redis does not respond. These are the last known flags.',
  absent: 'The flags are gone from Redis. These are the last known flags.',
};

/** Flag key -> its row. Rows are reused, so that the keyboard's focus stays in place. */
const rows = new Map();

/** Draws `overview.flags`; a switch calls `toggle(key)`. Without `toggle`, nothing can be switched. */
export function drawFlags({ condition, list }, toggle) {
  const none =
    list?.length === 0 ? 'There are no flags. Create one with "perch flags set".' : undefined;
  note(byId('flags-empty'), conditions[condition] ?? none);
  const flags = list ?? [];
  for (const [key, row] of rows) {
    if (flags.some((flag) => flag.key === key)) continue;
    row.element.remove();
    rows.delete(key);
  }
  for (const [index, flag] of flags.entries()) {
    const row = rows.get(flag.key) ?? newRow(flag.key, toggle);
    rows.set(flag.key, row);
    drawRow(row, flag, toggle === undefined);
    const current = byId('flag-list').children[index];
    if (current !== row.element) byId('flag-list').insertBefore(row.element, current ?? null);
  }
}

function newRow(key, toggle) {
  const button = make('button', { type: 'button', id: `flag-${key}` });
  const value = make('span', { class: 'value' });
  const title = 'Targeting may give some callers another variant';
  const targeting = make('span', { class: 'pill', title }, 'targeted');
  const description = make('span', { class: 'soft' });
  const name = make('strong', { id: `name-${key}` }, key);
  const label = make('label', { for: button.id }, name, targeting, description);
  const element = make('li', {}, label, value, button);
  button.addEventListener('click', async () => {
    // A disabled button would lose the focus.
    if (button.getAttribute('aria-busy') === 'true') return;
    button.setAttribute('aria-busy', 'true');
    await toggle(key);
    button.removeAttribute('aria-busy');
  });
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
