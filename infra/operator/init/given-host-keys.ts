/** Host keys from options: lines as ssh-keyscan prints them. Pure. */
import type { NamedServer, PinnedServer } from './answers.ts';
import type { InitProblem } from './options.ts';
import { knownHostName } from './server-words.ts';

interface GivenHostKeys {
  readonly pinned: readonly PinnedServer[];
  /** Servers whose keys have to be asked for. */
  readonly open: readonly NamedServer[];
  readonly problems: readonly InitProblem[];
}

/**
 * Gives servers the keys of the options.
 * @param lines `ADDRESS TYPE KEY`, or `TYPE KEY` if there is one server.
 */
export function givenHostKeys(
  servers: readonly NamedServer[],
  lines: readonly string[],
): GivenHostKeys {
  const keys = lines.map((line) => keyIn(line, servers));
  const pinned = servers.flatMap((server) => {
    const [given] = keys.filter(({ name }) => isNameOf(name, server));
    return given === undefined ? [] : [{ ...server, hostKey: given.hostKey }];
  });
  const strays = keys.filter(({ name }) => !servers.some((server) => isNameOf(name, server)));
  return {
    pinned,
    open: servers.filter((server) => !pinned.some(({ name }) => name === server.name)),
    problems: strays.map(({ line }) => ({
      option: '--host-key',
      problem: `must begin with the address of a --server, as ssh-keyscan prints it, got ${line}`,
    })),
  };
}

function keyIn(line: string, servers: readonly NamedServer[]) {
  const words = line.trim().split(/\s+/);
  const [only] = servers;
  const isBare = words.length === 2 && servers.length === 1 && only !== undefined;
  const [name = '', ...key] = isBare ? [knownHostName(only), ...words] : words;
  return { line, name, hostKey: key.slice(0, 2).join(' ') };
}

function isNameOf(name: string, server: NamedServer): boolean {
  return name === knownHostName(server) || name === server.address || name === server.name;
}
