import type { Context } from 'hono';
import { html } from 'hono/html';

export interface SignInPage {
  readonly status: 200 | 400 | 403 | 429 | 503;
  readonly title: string;
  readonly text: string;
  /** Text and address of the link that begins a sign-in. */
  readonly link: readonly [text: string, href: string];
}

/** Response with a page for somebody who is not signed in. It needs no script. */
export function signInPage(
  c: Context,
  { status, title, text, link: [link, href] }: SignInPage,
): Response | Promise<Response> {
  c.header('cache-control', 'no-store');
  return c.html(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>${title} · Perch</title>
          <link rel="icon" href="/perch.svg" type="image/svg+xml" />
          <link rel="stylesheet" href="/theme.css" />
          <link rel="stylesheet" href="/base.css" />
          <link rel="stylesheet" href="/sign-in.css" />
        </head>
        <body class="sign-in">
          <main>
            <p class="brand">
              <img src="/perch.svg" alt="" width="22" height="22" />
              <strong>Perch</strong>
            </p>
            <section>
              <h1>${title}</h1>
              <p>${text}</p>
              <p><a class="button" href="${href}">${link}</a></p>
            </section>
          </main>
        </body>
      </html> `,
    status,
  );
}
