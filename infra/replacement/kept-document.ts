/** Release documents that the proxies of a stack keep on their hosts. */
import { labels } from '../../runtime/contract/labels.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { onControl, type ControlAddress } from '../shell/control-shell.ts';
import { newestDocument, type LostDocument } from './lost-document.ts';

/**
 * Reads the newest of the last good documents of a service.
 * @param edgeService service whose proxies are asked.
 * @returns undefined if no proxy has one that can be read.
 */
export async function keptDocument(
  hosts: readonly ControlAddress[],
  { service, edgeService }: { readonly service: string; readonly edgeService: string },
): Promise<LostDocument | undefined> {
  const file = `${folder}/release-${service}.json`;
  return newestDocument(await inProxies(hosts, edgeService, `cat ${file}`));
}

/** Names of the services of which proxies keep a document, sorted. */
export async function keptServices(
  hosts: readonly ControlAddress[],
  edgeService: string,
): Promise<string[]> {
  const listed = await inProxies(hosts, edgeService, `ls ${folder}`);
  const files = listed.join('\n').split('\n');
  const names = files.flatMap((file) => /^release-(.+)\.json$/.exec(file)?.[1] ?? []);
  return [...new Set(names)].toSorted();
}

const folder = '/var/lib/perch';

/** Output of a command in a proxy of each host; empty where it cannot run. */
async function inProxies(
  hosts: readonly ControlAddress[],
  edgeService: string,
  command: string,
): Promise<string[]> {
  const script =
    `proxy=$(docker ps --quiet --filter label=${labels.service}=${edgeService} ` +
    `--filter label=${labels.part}=proxy | head -n 1); [ -z "$proxy" ] || ` +
    `docker exec "$proxy" ${command}`;
  return await Promise.all(hosts.map((address) => onControl(address, script).catch(unreadable)));
}

/** Text of what cannot be read: that proxy is down, or has never had one. */
function unreadable(error: unknown): string {
  if (error instanceof PerchError) return '';
  throw error;
}
