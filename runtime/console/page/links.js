import { byId, make } from './dom.js';

/** Shows the links that the console was started with, such as those to dashboards. */
export async function showLinks() {
  const response = await fetch('/api/links');
  if (!response.ok) return;
  const links = await response.json();
  byId('links').hidden = links.length === 0;
  byId('links').replaceChildren(...links.map(({ name, url }) => make('a', { href: url }, name)));
}
