import { labels, type Part } from '../../runtime/contract/labels.ts';

const part: Part = 'proxy';

/** A service whose proxies serve a port. */
export interface ServedPort {
  readonly port: number;
  readonly service: string;
}

/**
 * Shell script that prints the services whose proxies serve one of `ports` on a host, by http or
 * https: lines `PORT SERVICE`. It prints nothing if Docker is not installed yet. A proxy shares its
 * port with its successor, so the kernel would let the proxy of another service share it too and
 * send that one half of the requests.
 */
export function servicesOnPorts(ports: readonly number[]): string {
  const commands = ports.flatMap((port) =>
    [labels.port, labels.httpsPort].map((label) => {
      const filters = [`label=${labels.part}=${part}`, `label=${label}=${port}`];
      const words = filters.map((filter) => `--filter ${filter}`).join(' ');
      const format = `${port} {{.Label "${labels.service}"}}`;
      return `docker ps ${words} --format '${format}' 2> /dev/null || true`;
    }),
  );
  return commands.length === 0 ? 'true' : commands.join('\n');
}

/**
 * Services on ports that are not `service`, each port and service once.
 * @param printed output of the script of {@link servicesOnPorts}.
 */
export function otherServices(printed: string, service: string): ServedPort[] {
  const lines = new Set(printed.split('\n').filter((line) => line !== ''));
  return [...lines]
    .map((line) => line.split(' '))
    .map(([port, name = '']) => ({ port: Number(port), service: name }))
    .filter((served) => served.service !== service);
}
