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
  const script =
    `proxy=$(docker ps --quiet --filter label=${labels.service}=${edgeService} ` +
    `--filter label=${labels.part}=proxy | head -n 1); [ -z "$proxy" ] || ` +
    `docker exec "$proxy" cat /var/lib/perch/release-${service}.json`;
  const texts = await Promise.all(
    hosts.map((address) => onControl(address, script).catch(unreadable)),
  );
  return newestDocument(texts);
}

/** Text of a document that cannot be read: that proxy is down, or has never had one. */
function unreadable(error: unknown): string {
  if (error instanceof PerchError) return '';
  throw error;
}
