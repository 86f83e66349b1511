import { runProgram } from '../shell/program.ts';
import { builtDigest } from '../transfer/sent-image.ts';
import { firstLine } from './failure.ts';

/** Images of a repository that stay on the machine that built them. */
const keptImages = 3;
/** Build cache that stays on a CI runner. */
const keptCache = '5GB';

export interface BuiltArgs {
  /** Images of the release that serves, `name@sha256:...`. */
  readonly images: readonly string[];
  /** True on a CI runner, whose build cache is bounded too. */
  readonly isRunner: boolean;
  readonly say: (line: string) => void;
}

/**
 * Removes what earlier deployments built on this machine: images of the release's repositories that
 * have no tag any more, or that of a build that hosts get by ssh, beyond the newest three. Docker does not say whose a part of the build cache
 * is, so it is bounded on CI runners only. Never throws: the release is out already.
 */
export async function pruneBuilt({ images, isRunner, say }: BuiltArgs): Promise<void> {
  try {
    const repositories = new Set(images.flatMap((image) => repositoryIn(image) ?? []));
    const removed = await Promise.all([...repositories].map(pruneRepository));
    const count = removed.reduce((sum, each) => sum + each, 0);
    const what = count === 1 ? 'an image of an earlier build' : `${count} images of earlier builds`;
    if (count > 0) say(`removed ${what} from this machine`);
    if (isRunner) {
      await runProgram('docker', ['builder', 'prune', '--force', `--keep-storage=${keptCache}`]);
    }
  } catch (error) {
    say(`images of earlier builds were not removed: ${firstLine(error)}`);
  }
}

/** Undefined for an image that only this machine's engine has: its repository is not known. */
function repositoryIn(image: string): string | undefined {
  const [repository, digest] = image.split('@');
  return digest === undefined ? undefined : repository;
}

async function pruneRepository(repository: string): Promise<number> {
  const format = '{{.Tag}} {{.Digest}}';
  // Newest first.
  const listed = await runProgram('docker', [
    'images',
    '--digests',
    '--format',
    format,
    repository,
  ]);
  const lines = [...new Set(listed.split('\n').filter((line) => line !== ''))];
  const pushed = lines.slice(keptImages).flatMap((line) => {
    const [tag, digest = ''] = line.split(' ');
    return tag === '<none>' && digest.startsWith('sha256:') ? [`${repository}@${digest}`] : [];
  });
  // What hosts get by ssh is tagged, so that this machine can send it.
  const tags = [...new Set(lines.map((line) => line.split(' ')[0] ?? ''))];
  const digests = new Set(tags.flatMap((tag) => builtDigest(tag) ?? []));
  const kept = new Set([...digests].slice(0, keptImages));
  const tagged = tags
    .filter((tag) => !kept.has(builtDigest(tag) ?? tag) && builtDigest(tag) !== undefined)
    .map((tag) => `${repository}:${tag}`);
  const outcomes = await Promise.all([...pushed, ...tagged].map(removed));
  return outcomes.filter(Boolean).length;
}

/** False if the engine refuses, as for an image that a container uses. */
async function removed(image: string): Promise<boolean> {
  try {
    await runProgram('docker', ['rmi', image]);
    return true;
  } catch {
    // It is never forced: what is in use stays, and the next deployment tries again.
    return false;
  }
}
