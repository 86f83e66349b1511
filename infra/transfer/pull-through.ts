import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { imageTransferPort } from '../../runtime/contract/ports.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { overSsh } from '../shell/over-ssh.ts';
import { isSshFailure } from '../shell/program.ts';
import { shellWord } from '../shell/shell-word.ts';
import { aliveOptions, type ImageHost } from './engine.ts';
import { ImageServer } from './image-server.ts';
import type { ImageSet } from './image-set.ts';
import { sendingRegistry } from './sent-image.ts';

/** Layers that travelled to a host. */
export interface SentLayers {
  readonly count: number;
  /** Layers that the image has. */
  readonly total: number;
  readonly bytes: number;
}

export interface PullThroughArgs {
  readonly set: ImageSet;
  /** Name by its digest, under which the host pulls it. */
  readonly reference: string;
  /** Further name that the host gives it. Default: none. */
  readonly tag?: string | undefined;
  /** Longest time for which another transfer to the host may hold the port, milliseconds. Default: two minutes. */
  readonly patienceMs?: number | undefined;
}

const usualPatienceMs = 120_000;
const retryEveryMs = 2_000;

/**
 * Lets a host's engine pull an image from this machine, through the ssh connection. It asks only for
 * layers that it lacks, checks each against its digest, and names the image once it has all of them.
 * @throws PerchError `process_failed`, with the engine's own words.
 */
export async function pullThrough(
  { name, address }: ImageHost,
  { set, reference, tag, patienceMs = usualPatienceMs }: PullThroughArgs,
): Promise<SentLayers> {
  const folder = await mkdtemp(join(tmpdir(), 'perch-tunnel-'));
  try {
    const socket = join(folder, 'socket');
    await using server = await ImageServer.start(set, socket);
    const tunnel = [
      '-C',
      ...aliveOptions,
      '-oExitOnForwardFailure=yes',
      `-R127.0.0.1:${imageTransferPort}:${socket}`,
    ];
    const script = pullScript(reference, server.username, tag);
    const attempt = () => overSsh(address, script, `${server.password}\n`, tunnel);
    await whilePortIsTaken(name, attempt, patienceMs);
    const total = server.asked?.layers.length ?? 0;
    return { count: server.layers.size, total, bytes: server.sentBytes };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The password is in no argument list, and in no file that outlives the script. */
function pullScript(reference: string, username: string, tag: string | undefined): string {
  return `set -eu
DOCKER_CONFIG=$(mktemp -d)
export DOCKER_CONFIG
trap 'rm -rf "$DOCKER_CONFIG"' EXIT
run() {
  if said=$("$@" 2>&1); then return 0; fi
  printf '%s\\n' "$said" | tail -n 1 >&2
  exit 1
}
run docker login --username ${username} --password-stdin ${sendingRegistry}
run docker pull --quiet ${shellWord(reference)}
own=$(docker version --format '{{.Server.Arch}}')
has=$(docker image inspect --format '{{.Architecture}}' ${shellWord(reference)})
if [ "$own" != "$has" ]; then
  docker rmi ${shellWord(reference)} > /dev/null
  echo "it is for $has, and the host is $own" >&2
  exit 1
fi
${tag === undefined ? '' : `run docker tag ${shellWord(reference)} ${shellWord(tag)}`}`;
}

/** Tries again while another transfer to the host, as of another stack, holds the port. */
async function whilePortIsTaken(
  host: string,
  attempt: () => Promise<unknown>,
  patienceMs: number,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (!isRefusedForward(error)) throw error;
      if (performance.now() > deadline) {
        const text =
          `sshd of host ${host} must let images through: port ${imageTransferPort} of its loopback must be free, ` +
          'and AllowTcpForwarding must be yes or remote in /etc/ssh/sshd_config';
        throw new PerchError('process_failed', text, { cause: error });
      }
    }
    await delay(retryEveryMs);
  }
}

function isRefusedForward(error: unknown): boolean {
  if (!isSshFailure(error) || !(error instanceof PerchError)) return false;
  const { cause } = error;
  const text = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : '';
  return text.includes('remote port forwarding failed');
}
