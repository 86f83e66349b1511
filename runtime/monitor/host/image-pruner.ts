import type { Logger } from 'pino';
import { labels } from '../../contract/labels.ts';
import { cachePruneEveryMs, unusedCacheMs } from '../../core/host/build-cache.ts';
import { formatValue } from '../../core/alerting/format-value.ts';
import {
  imagesToRemove,
  nextHistory,
  type EngineImage,
  type ImageHistory,
  type ImageRemoval,
  type ImageUse,
} from '../../core/host/image-retention.ts';
import type { ImageHistoryStore } from '../../store/host/image-history-store.ts';
import type { EventLog } from '../../store/incidents/event-log.ts';
import { FailureLog } from '../../store/local/failure-log.ts';
import type { DiskUse } from './sources/disk-use.ts';
import type { DockerEngine } from './engine/docker-engine.ts';
import { EngineError } from './engine/engine-call.ts';

export interface ImagePrunerOptions {
  readonly docker: DockerEngine;
  readonly host: string;
  /** Path at which this process sees the host's root. */
  readonly hostRoot: string;
  readonly store: Pick<ImageHistoryStore, 'read' | 'write'>;
  readonly events: Pick<EventLog, 'append'>;
  /** Author of the events. */
  readonly by: string;
  /** Use of the file system that holds a path. */
  readonly diskUse: (path: string) => Promise<DiskUse>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** Longest time between two writes of a history whose uses do not change, milliseconds. */
const writeEveryMs = 3_600_000;

/**
 * Removes images that a host needs no longer, and notes what its containers use. Every monitor does
 * it for its own host, because only that monitor reaches the Docker engine.
 */
export class ImagePruner {
  readonly #options: ImagePrunerOptions;
  readonly #failures: FailureLog;
  readonly #storeFailures: FailureLog;
  readonly #diskFailures: FailureLog;
  readonly #cacheFailures: FailureLog;
  /** Image id -> failure of its last removal. */
  readonly #removalFailures = new Map<string, FailureLog>();
  /** Undefined until it was read from Redis. */
  #history: ImageHistory | undefined;
  #cachePrunedAtMs = Number.NEGATIVE_INFINITY;
  #written = { uses: '', atMs: Number.NEGATIVE_INFINITY };
  #isStopping = false;

  constructor(options: ImagePrunerOptions) {
    this.#options = options;
    const { logger } = options;
    this.#failures = new FailureLog(logger, 'Docker did not list its images');
    this.#storeFailures = new FailureLog(logger, 'Redis refused the history of images');
    this.#diskFailures = new FailureLog(logger, "the disk of Docker's images cannot be read");
    this.#cacheFailures = new FailureLog(logger, 'Docker did not remove unused build cache');
  }

  /** Looks at the images and the disk once, and removes what is due. Never throws. */
  async prune(): Promise<void> {
    await this.#pruneCache();
    try {
      await this.#prune();
      this.#failures.ended();
    } catch (error) {
      this.#failures.failed(error);
    }
  }

  /** Lets a running {@link prune} end after the image that it removes now. */
  stop(): void {
    this.#isStopping = true;
  }

  /** Goes first: images that served are worth more than build cache. */
  async #pruneCache(): Promise<void> {
    const { docker, now } = this.#options;
    if (now() - this.#cachePrunedAtMs < cachePruneEveryMs) return;
    const disk = await this.#disk();
    const unusedMs = unusedCacheMs(disk?.usedPercent);
    if (disk === undefined || unusedMs === undefined) return;
    this.#cachePrunedAtMs = now();
    try {
      const freedBytes = await docker.pruneBuildCache(unusedMs);
      if (freedBytes > 0) await this.#reportCache(freedBytes, disk);
      this.#cacheFailures.ended();
    } catch (error) {
      this.#cacheFailures.failed(error);
    }
  }

  async #prune(): Promise<void> {
    // Without its history it does not know what served, so it removes nothing.
    const history = this.#history ?? (await this.#read());
    if (history === undefined) return;
    const { docker, now } = this.#options;
    const [uses, images] = await Promise.all([usesOf(docker), imagesOf(docker)]);
    const nowMs = now();
    this.#history = nextHistory(history, { images, uses, nowMs });
    await this.#write(this.#history, uses, nowMs);
    const disk = await this.#disk();
    const inputs = { images, uses, history: this.#history, nowMs };
    const due = imagesToRemove({ ...inputs, diskUsedPercent: disk?.usedPercent });
    const removed: ImageRemoval[] = [];
    for (const removal of due) {
      if (!this.#isStopping && (await this.#remove(removal.image))) removed.push(removal);
    }
    if (removed.length > 0) await this.#report(removed, disk);
  }

  async #read(): Promise<ImageHistory | undefined> {
    try {
      return await this.#options.store.read();
    } catch (error) {
      this.#storeFailures.failed(error);
      return undefined;
    }
  }

  /** Writes the history if its uses changed, and now and then. */
  async #write(history: ImageHistory, uses: readonly ImageUse[], nowMs: number): Promise<void> {
    const known = Object.keys(history).toSorted();
    const text = [
      ...uses.map(({ imageId, role }) => `${imageId} ${role}`).toSorted(),
      ...known,
    ].join();
    const { uses: writtenUses, atMs } = this.#written;
    if (text === writtenUses && nowMs - atMs < writeEveryMs) return;
    try {
      await this.#options.store.write(history);
      this.#written = { uses: text, atMs: nowMs };
      this.#storeFailures.ended();
    } catch (error) {
      this.#storeFailures.failed(error);
    }
  }

  /** Use of the disk that holds the images; undefined if it cannot be read. */
  async #disk(): Promise<DiskUse | undefined> {
    const { docker, hostRoot, diskUse } = this.#options;
    try {
      const use = await diskUse(await docker.folder(hostRoot));
      this.#diskFailures.ended();
      return use;
    } catch (error) {
      this.#diskFailures.failed(error);
      return undefined;
    }
  }

  /** Removes every name of an image, and so the image. It is never forced, so none in use goes. */
  async #remove({ id, tags, digests }: EngineImage): Promise<boolean> {
    const { docker, logger } = this.#options;
    try {
      for (const name of [...tags, ...digests]) await docker.removeImage(name);
      this.#removalFailures.delete(id);
      return true;
    } catch (error) {
      // The last tag takes the digests of its repository with it.
      if (error instanceof EngineError && error.status === 404) return true;
      const failures =
        this.#removalFailures.get(id) ??
        new FailureLog(logger.child({ image: id }), 'Docker did not remove an unused image');
      this.#removalFailures.set(id, failures);
      failures.failed(error);
      return false;
    }
  }

  async #report(removed: readonly ImageRemoval[], before: DiskUse | undefined): Promise<void> {
    const { host, logger } = this.#options;
    const after = await this.#disk();
    const freedBytes =
      before === undefined || after === undefined
        ? undefined
        : Math.max(0, after.availableBytes - before.availableBytes);
    const freed =
      freedBytes === undefined ? '' : `, which freed ${formatValue(freedBytes, 'bytes')}`;
    const what = removed.length === 1 ? 'an unused image' : `${removed.length} unused images`;
    const names = removed.map(({ image, reason }) => `${shortName(image)} (${reason})`);
    const text = `removed ${what} from ${host}${freed}: ${names.join('; ')}`;
    const details = removed.map(({ image, reason }) => ({ ...image, reason }));
    const detail = JSON.stringify({ host, freedBytes, images: details });
    logger.info({ images: details, freedBytes }, 'unused images removed');
    await this.#append('images-removed', text, detail);
  }

  async #reportCache(freedBytes: number, { usedPercent }: DiskUse): Promise<void> {
    const { host, logger } = this.#options;
    const text =
      `removed unused build cache from ${host}, which freed ${formatValue(freedBytes, 'bytes')}: ` +
      `the disk was at ${Math.floor(usedPercent)}%`;
    logger.info({ freedBytes }, 'unused build cache removed');
    await this.#append('build-cache-removed', text, JSON.stringify({ host, freedBytes }));
  }

  async #append(type: string, text: string, detail: string): Promise<void> {
    const { events, by, logger } = this.#options;
    try {
      await events.append({ type, text, by, detail });
    } catch (error) {
      logger.warn({ err: error, type }, 'Redis did not record what was removed as an event');
    }
  }
}

async function usesOf(docker: DockerEngine): Promise<ImageUse[]> {
  const containers = await docker.listContainers();
  return containers.map(({ ImageID: imageId, Image: imageName, Labels }) => {
    const service = Labels?.[labels.service];
    const part = Labels?.[labels.part];
    const kind = Labels?.[labels.track] ?? (part === 'redis' ? part : 'runtime');
    return { imageId, imageName, role: service === undefined ? undefined : `${service}/${kind}` };
  });
}

async function imagesOf(docker: DockerEngine): Promise<EngineImage[]> {
  const images = await docker.listImages();
  return images.map(({ Id: id, RepoTags, RepoDigests, Size: sizeBytes }) => ({
    id,
    tags: named(RepoTags),
    digests: named(RepoDigests),
    sizeBytes,
  }));
}

/** Names without the engine's placeholder for none. */
function named(names: readonly string[] | null | undefined): string[] {
  return (names ?? []).filter((name) => !name.startsWith('<none>'));
}

/** Name and the first digits of its digest. */
function shortName({ tags, digests, id }: EngineImage): string {
  const [name = tags[0] ?? id] = digests;
  return name.replace(/(sha256:[0-9a-f]{12})[0-9a-f]*$/, '$1');
}
