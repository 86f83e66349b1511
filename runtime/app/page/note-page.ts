import { html } from 'hono/html';
import { page, type Html, type PageFrame } from './layout.ts';

/** Page with a title and one sentence. */
export function notePage(frame: PageFrame, title: string, text: string): Html {
  const content = html`
    <h1>${title}</h1>
    <p class="lead">${text}</p>
    <nav class="pages" aria-label="Back"><a href="/">Back to the home page</a></nav>
  `;
  return page(frame, title, content);
}
