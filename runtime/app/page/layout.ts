import { readFileSync } from 'node:fs';
import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { NamedLink } from '../../core/input/named-link.ts';
import type { Identity } from '../config.ts';

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export interface PageFrame {
  readonly identity: Identity;
  /** Links in the header. */
  readonly links: readonly NamedLink[];
  /** Value of the flag. A value that is not a CSS colour is not applied. */
  readonly background: string;
  /** Nonce of the response's content security policy. */
  readonly nonce: string;
}

/**
 * The style is inline: a request for a style sheet might reach another version, which may lack the
 * file.
 */
const style = ['../../web/page/theme.css', 'page.css']
  .map((file) => readFileSync(new URL(file, import.meta.url), 'utf8'))
  .join('\n');
const mark = readFileSync(new URL('../../web/page/perch.svg', import.meta.url));
const markUrl = `data:image/svg+xml;base64,${mark.toString('base64')}`;

/** Complete page. `content` is built with `html`, which escapes text. */
export function page(
  { identity, links, background, nonce }: PageFrame,
  title: string,
  content: Html,
): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · ${identity.service}</title>
        <link rel="icon" href="${markUrl}" />
        <meta name="color-scheme" content="light dark" />
        <style nonce="${nonce}">
          ${raw(style)}
          ${isColour(background) ? raw(`body { background-color: ${background} }`) : ''}
        </style>
      </head>
      <body data-track="${identity.track}">
        <main>
          <header>
            <p class="brand">
              <img src="${markUrl}" alt="" width="22" height="22" />
              <strong>Perch</strong>
              <span class="soft">${identity.service}</span>
            </p>
            ${links.length === 0 ? '' : linksNav(links)}
          </header>
          <p><span class="pill ${identity.track}">${identity.track}</span></p>
          ${content}
        </main>
      </body>
    </html>`;
}

function linksNav(links: readonly NamedLink[]): Html {
  return html`<nav class="links" aria-label="Links">
    ${links.map(({ name, url }) => html`<a href="${url}">${name}</a>`)}
  </nav>`;
}

/** True if `text` is a colour's name or hexadecimal notation (CSS Color 4, sections 5.2 and 6). */
export function isColour(text: string): boolean {
  return /^([a-z]{3,32}|#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8}))$/i.test(text);
}
