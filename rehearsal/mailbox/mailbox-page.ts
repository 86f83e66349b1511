import { readFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { extname } from 'node:path';
import type { PageLink } from '../page-link.ts';

const here = new URL('page/', import.meta.url);
/** Look that the page shares with the console and the demo page. */
const shared = new URL('../../runtime/web/page/', import.meta.url);

const files: Readonly<Record<string, URL>> = {
  '/': new URL('index.html', here),
  '/mailbox.css': new URL('mailbox.css', here),
  '/mailbox.js': new URL('mailbox.js', here),
  '/theme.css': new URL('theme.css', shared),
  '/perch.svg': new URL('perch.svg', shared),
};
const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Emails bring styles of their own. Nothing but the page's own script runs. */
const policy =
  "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

interface MailboxPageOptions {
  /** URL of the emulated SES, which keeps the emails. */
  readonly emulatorUrl: string;
  /** Links in the header. */
  readonly links: readonly PageLink[];
}

/** Server of the page on which people read the emails of a rehearsal. */
export function mailboxPage(options: MailboxPageOptions): Server {
  return createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://mailbox');
    void respond(response, pathname, options);
  });
}

async function respond(
  response: ServerResponse,
  path: string,
  { emulatorUrl, links }: MailboxPageOptions,
): Promise<void> {
  const send = (type: string, body: string, status = 200) =>
    response
      .writeHead(status, {
        'content-type': type,
        'cache-control': 'no-cache',
        'content-security-policy': policy,
        'x-content-type-options': 'nosniff',
      })
      .end(body);
  const file = files[path];
  if (file !== undefined) {
    send(contentTypes[extname(file.pathname)] ?? 'text/plain', readFileSync(file, 'utf8'));
  } else if (path === '/links') {
    send('application/json', JSON.stringify(links));
  } else if (path !== '/store') {
    send('text/plain', 'nothing is at this path\n', 404);
  } else {
    try {
      const store = await fetch(`${emulatorUrl}/store`, { signal: AbortSignal.timeout(5_000) });
      send('application/json', await store.text(), store.status);
    } catch {
      send('text/plain', 'the emulated SES does not respond\n', 503);
    }
  }
}
