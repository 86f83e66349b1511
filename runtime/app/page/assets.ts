import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import type { Identity } from '../config.ts';

/** Beginning of the paths of files that belong to one version: `perch:assetPaths` of the demo app. */
const assetFolder = '/assets/';

/**
 * Path of the file that describes a version. Its name has a hash of its content, as bundlers name
 * files, so that another version does not have it.
 */
export function aboutPath(identity: Identity): string {
  const hash = createHash('sha256').update(aboutText(identity)).digest('hex').slice(0, 8);
  return `${assetFolder}about.${hash}.txt`;
}

/** Route of the file at {@link aboutPath}. */
export function assetRoutes(identity: Identity): Hono {
  const routes = new Hono();
  routes.get(aboutPath(identity), (c) => c.text(aboutText(identity)));
  return routes;
}

function aboutText({ service, version }: Identity): string {
  return `Version ${version} of ${service}.\n`;
}
