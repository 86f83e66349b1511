// Text is always set as text, so that nothing in Redis can become markup.

/** Returns the element with this id. */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}

/** Creates an element. Children are elements or text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Shows `text` in an element; undefined hides the element. */
export function note(element, text) {
  setText(element, text ?? '');
  element.hidden = text === undefined;
}

/** Sets an element's text only if it differs, because screen readers announce every change. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Returns a function that calls `draw` only for a value that differs from the previous one. */
export function onChange(draw) {
  let previous;
  return (value) => {
    const now = JSON.stringify(value);
    if (now === previous) return;
    previous = now;
    draw(value);
  };
}

/**
 * Shows one element for each item, in order. `keyOf(item)` names an item, and `draw(item, before)`
 * makes its element, or changes the one from before. Elements of items that did not change stay, and
 * with them the keyboard's focus.
 */
export function keyedList(container, keyOf, draw) {
  const known = new Map();
  return (items) => {
    const keys = new Set(items.map(keyOf));
    for (const [key, { element }] of known) {
      if (keys.has(key)) continue;
      element.remove();
      known.delete(key);
    }
    for (const [index, item] of items.entries()) {
      const key = keyOf(item);
      const json = JSON.stringify(item);
      const before = known.get(key);
      const element = before?.json === json ? before.element : draw(item, before?.element);
      if (before !== undefined && before.element !== element) before.element.replaceWith(element);
      known.set(key, { json, element });
      const current = container.children[index];
      if (current !== element) container.insertBefore(element, current ?? null);
    }
  };
}
