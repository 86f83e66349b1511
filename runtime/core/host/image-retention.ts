/**
 * Choice of the images that a host keeps. Hosts pull Perch's images by digest, so an image that
 * goes comes back by a pull. One that stays makes a rollback fast, and independent of the registry.
 */

/** One image of a Docker engine. */
export interface EngineImage {
  /** `sha256:...` */
  readonly id: string;
  /** Tags, `name:tag`. */
  readonly tags: readonly string[];
  /** Digests in registries, `name@sha256:...`. */
  readonly digests: readonly string[];
  readonly sizeBytes: number;
}

/** One container of a Docker engine, running or not. */
export interface ImageUse {
  readonly imageId: string;
  /** The image as the container names it. */
  readonly imageName: string;
  /** Service and role of a container of Perch, such as `shop/stable`. Undefined: not of Perch. */
  readonly role: string | undefined;
}

/** A host's memory of one image. */
export interface ImageRecord {
  /** Time at which a monitor saw it first, milliseconds since the epoch. */
  readonly firstSeenMs: number;
  /** Role -> last known time at which a container of that role used it, milliseconds since the epoch. */
  readonly usedMs: Readonly<Record<string, number>>;
}

/** A host's memory of its images, by image id. */
export type ImageHistory = Readonly<Record<string, ImageRecord>>;

export interface RetentionInputs {
  readonly images: readonly EngineImage[];
  readonly uses: readonly ImageUse[];
  readonly history: ImageHistory;
  /** Use of the file system that holds the images. Undefined: not known. */
  readonly diskUsedPercent: number | undefined;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

export interface ImageRemoval {
  readonly image: EngineImage;
  /** For people: `not used for 9 days`. */
  readonly reason: string;
}

/** Time between two looks at the images, milliseconds: several before the default rule on disks fires. */
export const pruneEveryMs = 15_000;
/** Images that stay for each role while the disk has room, those in use included. */
const rememberedImages = 20;
/** Images that stay for each role on a disk that fills, those in use included. */
const keptImages = 3;
/** Images that always stay for each role beside those in use, so that a rollback needs no registry. */
const keptIdle = 1;
/** Time without use after which an image beyond those goes, milliseconds: a week. */
const unusedMs = 7 * 86_400_000;
/** Time for which an image stays that no container has used yet, milliseconds: an update may need it. */
const arrivalMs = 3_600_000;
/**
 * Use of the disk, percent, from which the images beyond {@link keptImages} go, at any age. It is below
 * the default alert.
 */
export const scarcePercent = 60;
/** Use of the disk, percent, from which only {@link keptIdle} stays. */
export const fullPercent = 85;

/**
 * Decides which images go. An image goes only if
 * - no container uses it, running or not, whoever made the container;
 * - it has a digest in a registry, so that it can be pulled again;
 * - Perch brought it: it served in a container of Perch and has no name outside the repositories of
 *   such containers, or it came by digest, without a tag, from a repository of Perch's releases;
 * - it is neither among the last 20 that served in a role (`shop/stable`, `shop/canary`, ...), nor the
 *   newest arrival of its repository, nor one that came within the hour and has not served yet;
 * - it has not been used for a week, or the disk is at 60% or more.
 *
 * From 60% on, the last 20 of each role go too, but for the last three: one at each look, the one that
 * was unused longest, so that no more go than the disk needs. From 85% on, only the last one that
 * served in each role stays, beside those in use.
 */
export function imagesToRemove(inputs: RetentionInputs): ImageRemoval[] {
  const { images, uses, history, diskUsedPercent = 0, nowMs } = inputs;
  const kept = keptIds(inputs, diskUsedPercent < fullPercent ? keptImages : 0);
  const ofPerch = uses.filter(({ role }) => role !== undefined);
  const isScarce = diskUsedPercent >= scarcePercent;
  const isFull = diskUsedPercent >= fullPercent;
  const remembered = keptIds(inputs, rememberedImages);
  const due = images.flatMap((image) => {
    const record = history[image.id];
    if (record === undefined || kept.has(image.id) || !isBrought(image, record, ofPerch)) return [];
    if (!hasServed(record) && nowMs - record.firstSeenMs < arrivalMs) return [];
    const idleMs = nowMs - lastUseMs(record);
    if (!isScarce && idleMs < unusedMs) return [];
    const disk = isScarce ? `, and the disk is at ${Math.floor(diskUsedPercent)}%` : '';
    return [{ image, reason: `not used for ${spanText(idleMs)}${disk}`, idleMs }];
  });
  const ofRemembered = due.filter(({ image }) => remembered.has(image.id));
  const oldest = ofRemembered.toSorted((a, b) => b.idleMs - a.idleMs).slice(0, isScarce ? 1 : 0);
  return due
    .filter((removal) => isFull || !ofRemembered.includes(removal) || oldest.includes(removal))
    .map(({ image, reason }) => ({ image, reason }));
}

/** @param most images that stay for each role, those in use included. */
function keptIds({ images, uses, history }: RetentionInputs, most: number): Set<string> {
  const kept = new Set(uses.map(({ imageId }) => imageId));
  const present = images.flatMap(({ id }) => {
    const record = history[id];
    return record === undefined ? [] : [{ id, record }];
  });
  const roles = new Set(present.flatMap(({ record }) => Object.keys(record.usedMs)));
  for (const role of roles) {
    const served = present
      .filter(({ record }) => Object.hasOwn(record.usedMs, role))
      .toSorted((a, b) => (b.record.usedMs[role] ?? 0) - (a.record.usedMs[role] ?? 0));
    const used = new Set(uses.filter((use) => use.role === role).map(({ imageId }) => imageId));
    const idle = served.filter(({ id }) => !used.has(id));
    for (const { id } of idle.slice(0, Math.max(keptIdle, most - used.size))) kept.add(id);
  }
  for (const id of newestArrivals(images, history)) kept.add(id);
  return kept;
}

/** The newest arrival of each repository: a host without a member has the current image, unused. */
function newestArrivals(images: readonly EngineImage[], history: ImageHistory): string[] {
  const newest = new Map<string, { id: string; firstSeenMs: number }>();
  for (const image of images) {
    const firstSeenMs = history[image.id]?.firstSeenMs ?? 0;
    for (const repository of image.digests.map(repositoryOf)) {
      const other = newest.get(repository);
      if (other === undefined || firstSeenMs > other.firstSeenMs) {
        newest.set(repository, { id: image.id, firstSeenMs });
      }
    }
  }
  return [...newest.values()].map(({ id }) => id);
}

/** @param ofPerch the uses by containers of Perch. */
function isBrought(
  { tags, digests }: EngineImage,
  record: ImageRecord,
  ofPerch: readonly ImageUse[],
): boolean {
  if (digests.length === 0) return false;
  if (hasServed(record)) {
    const repositories = repositoriesOf(ofPerch);
    return tags.every((tag) => repositories.has(repositoryOf(tag)));
  }
  // Redis' image is a public one. A person may have pulled others of its repository.
  const released = repositoriesOf(ofPerch.filter(({ role }) => role?.endsWith('/redis') === false));
  return tags.length === 0 && digests.every((name) => released.has(repositoryOf(name)));
}

function hasServed({ usedMs }: ImageRecord): boolean {
  return Object.keys(usedMs).length > 0;
}

function repositoriesOf(uses: readonly ImageUse[]): Set<string> {
  return new Set(uses.map(({ imageName }) => repositoryOf(imageName)));
}

/**
 * Returns the history after a look at the host: new images are noted, and those in use. Images that
 * are gone are forgotten.
 */
export function nextHistory(
  history: ImageHistory,
  { images, uses, nowMs }: Pick<RetentionInputs, 'images' | 'uses' | 'nowMs'>,
): ImageHistory {
  const rolesOf = Map.groupBy(uses, ({ imageId }) => imageId);
  return Object.fromEntries(
    images.map(({ id }): [string, ImageRecord] => {
      const { firstSeenMs = nowMs, usedMs = {} } = history[id] ?? {};
      const roles = (rolesOf.get(id) ?? []).flatMap(({ role }) => role ?? []);
      const used = Object.fromEntries(roles.map((role) => [role, nowMs]));
      return [id, { firstSeenMs, usedMs: { ...usedMs, ...used } }];
    }),
  );
}

/** Repository of an image's name: the name without registry `docker.io`, tag and digest. */
export function repositoryOf(name: string): string {
  const [untagged = ''] = name.split('@');
  return untagged.replace(/:[^:/]*$/, '').replace(/^(docker\.io\/)?(library\/)?/, '');
}

function lastUseMs({ firstSeenMs, usedMs }: ImageRecord): number {
  return Math.max(firstSeenMs, ...Object.values(usedMs));
}

function spanText(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  if (hours < 48) return hours === 1 ? '1 hour' : `${hours} hours`;
  return `${Math.floor(hours / 24)} days`;
}
