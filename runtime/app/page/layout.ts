import { readFileSync } from 'node:fs';
import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { Identity } from '../config.ts';

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export interface PageFrame {
  readonly identity: Identity;
  /** Value of the flag. A value that is not a CSS colour is not applied. */
  readonly background: string;
  /** Nonce of the response's content security policy. */
  readonly nonce: string;
}

/**
 * The style is inline: a request for a style sheet might reach another version, which may lack the
 * file.
 */
const style = readFileSync(new URL('page.css', import.meta.url), 'utf8');

/** Complete page. `content` is built with `html`, which escapes text. */
export function page(
  { identity, background, nonce }: PageFrame,
  title: string,
  content: Html,
): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · ${identity.service}</title>
        <link rel="icon" href="data:," />
        <style nonce="${nonce}">
          ${raw(style)}
          ${isColour(background) ? raw(`body { background-color: ${background} }`) : ''}
        </style>
      </head>
      <body data-track="${identity.track}">
        <main>
          <div class="service">
            <span>${identity.service}</span>
            <span class="track ${identity.track}">${identity.track}</span>
          </div>
          ${content}
        </main>
      </body>
    </html>`;
}

/** True if `text` is a colour's name or hexadecimal notation (CSS Color 4, sections 5.2 and 6). */
export function isColour(text: string): boolean {
  return /^([a-z]{3,32}|#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8}))$/i.test(text);
}
