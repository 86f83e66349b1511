import { labels, type Part } from '../../runtime/contract/labels.ts';

const part: Part = 'proxy';

/**
 * A shell script that prints the services whose proxies serve `port` on a host, a line each. It
 * prints nothing where there is no Docker yet. Proxies share their port with their successors, so
 * the kernel would let another service's proxy share it too, and give it half of the requests.
 */
export function servicesOnPort(port: number): string {
  const filters = [`label=${labels.part}=${part}`, `label=${labels.port}=${port}`];
  const words = filters.map((filter) => `--filter ${filter}`).join(' ');
  return `docker ps ${words} --format '{{.Label "${labels.service}"}}' 2> /dev/null || true`;
}

/** @param printed what the script of {@link servicesOnPort} printed. */
export function otherServices(printed: string, service: string): string[] {
  const services = printed.split('\n').filter((line) => line !== '' && line !== service);
  return [...new Set(services)];
}
