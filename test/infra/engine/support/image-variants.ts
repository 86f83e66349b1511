import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker } from './docker.ts';

/**
 * Makes an image of another one by `instructions` of a Dockerfile, without a builder.
 * @param change arguments of `docker` that change the container of which the image is made.
 * @returns its id, `sha256:...`.
 */
function imageVariant(
  from: string,
  instructions: readonly string[],
  change?: (container: string) => readonly string[],
): string {
  const container = docker('create', from);
  try {
    if (change !== undefined) docker(...change(container));
    return docker('commit', ...instructions.flatMap((text) => ['--change', text]), container);
  } finally {
    docker('rm', container);
  }
}

/** An image that behaves like `from` under another id. */
export function harmlessVariant(from: string, label: string): string {
  return imageVariant(from, [`LABEL variant=${label}`]);
}

/**
 * An image that behaves like `from`, and runs any program that a container names: it has no ENTRYPOINT
 * of its own.
 * @param instructions further ones of its Dockerfile.
 */
export function openVariant(
  from: string,
  label: string,
  instructions: readonly string[] = [],
): string {
  // An empty ENTRYPOINT would be that of `from` again.
  const entrypoint = ['sh', '-c', 'exec "$@"', 'sh'];
  return imageVariant(from, [
    `LABEL variant=${label}`,
    `ENTRYPOINT ${JSON.stringify(entrypoint)}`,
    'CMD ["perch", "app"]',
    ...instructions,
  ]);
}

/** An image that behaves like `from`, with a layer of `mebibytes` that no other image has. */
export function fatVariant(from: string, label: string, mebibytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'perch-fat-'));
  const file = join(folder, 'ballast');
  // It compresses well, so that the registry and the network hold little.
  writeFileSync(file, Buffer.alloc(mebibytes * 1_048_576, label));
  try {
    const labelled = [`LABEL variant=${label}`];
    return imageVariant(from, labelled, (container) => ['cp', file, `${container}:/ballast`]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** An image that runs but never responds. */
export function deadVariant(from: string): string {
  return imageVariant(from, ['ENTRYPOINT ["sleep", "3600"]', 'CMD []']);
}

/** An image that says why, and exits with 17. */
export function crashingVariant(from: string): string {
  const start = 'echo "connecting to the database"; echo "no database" >&2; exit 17';
  return imageVariant(from, [`ENTRYPOINT ${JSON.stringify(['sh', '-c', start])}`, 'CMD []']);
}

/** An image that, as a canary, responds to a percentage of the requests with 500. */
export function harmfulVariant(from: string, percent: number): string {
  const start = `if [ "$PERCH_TRACK" = canary ]; then exec perch app --fault error-share=${percent}; fi; exec perch app`;
  return imageVariant(from, [`ENTRYPOINT ${JSON.stringify(['sh', '-c', start])}`, 'CMD []']);
}

/** An image that behaves like `from` until `POST /faults` lets it fail. */
export function fallibleVariant(from: string, label: string): string {
  return imageVariant(from, [
    `LABEL variant=${label}`,
    `ENTRYPOINT ${JSON.stringify(['perch', 'app', '--faults-api'])}`,
    'CMD []',
  ]);
}

/** An image that is healthy, and responds to all other requests with 500, on both tracks. */
export function failingVariant(from: string): string {
  return imageVariant(from, [
    `ENTRYPOINT ${JSON.stringify(['perch', 'app', '--fault', 'error-share=100'])}`,
    'CMD []',
  ]);
}

/**
 * Pushes an image to a registry.
 * @param tag `host:port/path:tag`.
 * @returns its name by digest.
 */
export function pushImage(tag: string, image: string): string {
  docker('tag', image, tag);
  docker('push', '--quiet', tag);
  const digest = docker('inspect', '--format', '{{index .RepoDigests 0}}', tag);
  docker('rmi', tag);
  return digest;
}
