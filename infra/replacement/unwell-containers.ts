import { labels, type Part } from '../../runtime/contract/labels.ts';
import { onControl, type ControlAddress } from '../shell/control-shell.ts';

/** A container that is not healthy. */
export interface UnwellContainer {
  readonly name: string;
  /** `NAME: STATUS`, as Docker words it. */
  readonly text: string;
  /** True if its health is not known yet. */
  readonly isStarting: boolean;
}

/** Hooks run once, and have no health. */
const onceOnly: Part = 'hook';

const format = `{{.Label "${labels.service}"}} {{.Label "${labels.part}"}} {{.Names}}: {{.Status}}`;

/**
 * Lists the containers of services on a host that are not healthy.
 * @param services the stack's own one first: a host without any container of it is not well either.
 * @throws PerchError if the host does not answer.
 */
export async function unwellContainers(
  address: ControlAddress,
  services: readonly string[],
): Promise<UnwellContainer[]> {
  const list = `docker ps --all --filter label=${labels.service} --format '${format}'`;
  const listed = await onControl(address, list);
  const containers = listed
    .split('\n')
    .map((line) => /^(\S*) (\S*) ((\S+): .*)$/.exec(line))
    .filter((found) => found !== null)
    .map(([, service = '', part, text = '', name = '']) => ({ service, part, text, name }))
    .filter(({ service, part }) => services.includes(service) && part !== onceOnly);
  const [own = ''] = services;
  if (containers.every(({ service }) => service !== own)) {
    return [{ name: own, text: `no container of ${own}`, isStarting: true }];
  }
  return containers
    .filter(({ text }) => !text.endsWith('(healthy)'))
    .map(({ name, text }) => ({ name, text, isStarting: text.endsWith('(health: starting)') }));
}
