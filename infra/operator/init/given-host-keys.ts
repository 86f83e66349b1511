/** Host keys from options: lines as ssh-keyscan prints them. Pure. */
import type { NamedServer, PinnedServer } from './answers.ts';
import type { InitProblem } from './options.ts';
import { preferredHostKey } from './preferred-host-key.ts';
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
  const keysOf = (server: NamedServer) =>
    keys.filter(({ name }) => isNameOf(name, server)).map(({ hostKey }) => hostKey);
  const pinned = servers.flatMap((server) => {
    const given = keysOf(server);
    // Without a key of a good kind, the configuration says which kinds are good.
    const hostKey = preferredHostKey(given) ?? given[0];
    return hostKey === undefined ? [] : [{ ...server, hostKey }];
  });
  const doubted = pinned.filter(({ hostKey, ...server }) =>
    keysOf(server).some((key) => key !== hostKey && kindOf(key) === kindOf(hostKey)),
  );
  const strays = keys.filter(({ name }) => !servers.some((server) => isNameOf(name, server)));
  return {
    pinned,
    open: servers.filter((server) => !pinned.some(({ name }) => name === server.name)),
    problems: [
      ...strays.map(
        ({ line }) =>
          `must begin with the address of a --server, as ssh-keyscan prints it, got ${line}`,
      ),
      ...doubted.map(
        ({ hostKey, ...server }) =>
          `must give one key of a kind for a --server, got two of ${kindOf(hostKey)} for ${knownHostName(server)}`,
      ),
    ].map((problem) => ({ option: '--host-key', problem })),
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

function kindOf(hostKey: string): string | undefined {
  return hostKey.split(' ')[0];
}
