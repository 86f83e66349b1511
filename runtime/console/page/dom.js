// Text always goes in as text, so nothing that Redis holds can become markup.

/** The element of the page with this id. */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}

/** A new element: attributes, then children that are elements or text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Shows `text` in an element, or hides the element when there is none. */
export function note(element, text) {
  setText(element, text ?? '');
  element.hidden = text === undefined;
}

/** Leaves an element alone that says it already: screen readers announce changes. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Calls `draw` for a value that differs from the one before. */
export function onChange(draw) {
  let before;
  return (value) => {
    const now = JSON.stringify(value);
    if (now === before) return;
    before = now;
    draw(value);
  };
}
