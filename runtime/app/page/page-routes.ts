import { readFileSync } from 'node:fs';
import type { HttpBindings } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import { accepts } from 'hono/accepts';
import type { SecureHeadersVariables } from 'hono/secure-headers';
import { hostPort } from '../../contract/host-port.ts';
import type { NamedLink } from '../../core/input/named-link.ts';
import type { Identity } from '../config.ts';
import type { AppFlags } from '../flags.ts';
import { problem } from '../../web/problem-response.ts';
import { visitorOf, welcome } from '../visitor.ts';
import { homePage } from './home-page.ts';
import type { PageFrame } from './layout.ts';
import { notePage } from './note-page.ts';

export interface PageEnv {
  Bindings: HttpBindings;
  Variables: SecureHeadersVariables;
}

/** Parts of a member that all of its pages need. */
interface Site {
  readonly identity: Identity;
  readonly flags: AppFlags;
  readonly links: readonly NamedLink[];
}

interface PageOptions {
  /** True if the page lets a visitor break and mend the canary. */
  readonly isBreakable: boolean;
}

/** Routes of the pages `/`, `/new` and `/newfeature`, and of `/version` for scripts. */
export function pageRoutes(site: Site, { isBreakable }: PageOptions): Hono<PageEnv> {
  const { identity, flags } = site;
  const routes = new Hono<PageEnv>();

  routes.get('/', async (c) => {
    const visitor = welcome(c);
    const [base, showAddress, features] = await Promise.all([
      frame(c, site, visitor),
      flags.isOn('show_ip', visitor),
      featuresFor(flags, visitor),
    ]);
    const address = showAddress ? addressOf(c, identity) : undefined;
    return c.html(homePage({ ...base, address, features, isBreakable }));
  });

  routes.get('/new', async (c) => {
    const visitor = visitorOf(c);
    if (!(await flags.isOn('new_feature', visitor))) return c.notFound();
    const base = await frame(c, site, visitor);
    return c.html(
      notePage(base, 'New feature', 'This page exists while the flag new_feature is on.'),
    );
  });

  routes.get('/newfeature', async (c) => {
    const visitor = visitorOf(c);
    if (!(await flags.isMyflagEnabled(visitor))) return c.notFound();
    const base = await frame(c, site, visitor);
    return c.html(
      notePage(base, 'Feature enabled', 'This page exists while the flag myflag is "enable".'),
    );
  });

  routes.get('/version', async (c) => {
    const { service, track, version, memberId } = identity;
    const background = await flags.background(visitorOf(c));
    return c.json({ service, track, version, memberId, background });
  });

  for (const name of ['live.js', ...(isBreakable ? ['break.js'] : [])]) {
    const script = readFileSync(new URL(name, import.meta.url), 'utf8');
    routes.get(`/${name}`, (c) =>
      c.body(script, 200, { 'content-type': 'text/javascript; charset=utf-8' }),
    );
  }
  return routes;
}

/** Response 404: a page for browsers, a problem document for other clients. */
export async function notFound(c: Context<PageEnv>, site: Site): Promise<Response> {
  const supports = ['text/html', 'application/problem+json'];
  const best = accepts(c, { header: 'Accept', supports, default: 'application/problem+json' });
  if (best !== 'text/html') return problem(c, 404, 'nothing is at this path');
  const base = await frame(c, site, visitorOf(c));
  return c.html(
    notePage(base, 'Page not found', 'This page does not exist, or its flag is off.'),
    404,
  );
}

async function frame(
  c: Context<PageEnv>,
  { identity, flags, links }: Site,
  visitor: string | undefined,
): Promise<PageFrame> {
  const background = await flags.background(visitor);
  return { identity, links, background, nonce: c.get('secureHeadersNonce') ?? '' };
}

async function featuresFor(flags: AppFlags, visitor: string) {
  const [isNew, isMyflag] = await Promise.all([
    flags.isOn('new_feature', visitor),
    flags.isMyflagEnabled(visitor),
  ]);
  return [
    ...(isNew ? [{ path: '/new', name: 'New feature' }] : []),
    ...(isMyflag ? [{ path: '/newfeature', name: 'Feature enabled' }] : []),
  ];
}

function addressOf(c: Context<PageEnv>, { host }: Identity): string {
  const { localAddress, localPort } = c.env.incoming.socket;
  return `${host}, ${hostPort(localAddress ?? '', localPort ?? 0)}`;
}
