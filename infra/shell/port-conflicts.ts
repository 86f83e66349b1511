import { labels, type Part } from '../../runtime/contract/labels.ts';

const part: Part = 'proxy';

/**
 * Shell script that prints the services whose proxies serve `port` on a host, one a line. It prints
 * nothing if Docker is not installed yet. A proxy shares its port with its successor, so the kernel
 * would let the proxy of another service share it too and send that one half of the requests.
 */
export function servicesOnPort(port: number): string {
  const filters = [`label=${labels.part}=${part}`, `label=${labels.port}=${port}`];
  const words = filters.map((filter) => `--filter ${filter}`).join(' ');
  return `docker ps ${words} --format '{{.Label "${labels.service}"}}' 2> /dev/null || true`;
}

/**
 * Services on a port that are not `service`.
 * @param printed output of the script of {@link servicesOnPort}.
 */
export function otherServices(printed: string, service: string): string[] {
  const services = printed.split('\n').filter((line) => line !== '' && line !== service);
  return [...new Set(services)];
}
