/** Answers of the Docker engine, as far as the monitor reads them. Names are those of its API. */
import { z } from 'zod';

export const listedContainer = z.object({
  Id: z.string(),
  Names: z.array(z.string()),
  Image: z.string(),
  ImageID: z.string(),
  Labels: z.record(z.string(), z.string()).nullish(),
  State: z.string(),
});

export const inspectedContainer = z.object({
  RestartCount: z.number(),
  State: z.object({ Status: z.string(), StartedAt: z.string(), Error: z.string() }),
  HostConfig: z.object({
    /** Bytes; 0 without a limit. */
    Memory: z.number().default(0),
    /** Bytes of memory and swap; -1 without a limit. */
    MemorySwap: z.number().default(0),
    RestartPolicy: z.object({ Name: z.string() }).nullish(),
  }),
});

export const containerStats = z.object({
  /** Time of the reading. */
  read: z.string(),
  cpu_stats: z.object({ cpu_usage: z.object({ total_usage: z.number() }) }),
  memory_stats: z.object({
    usage: z.number().optional(),
    stats: z.record(z.string(), z.number()).optional(),
  }),
});

export const listedImage = z.object({
  Id: z.string(),
  RepoTags: z.array(z.string()).nullish(),
  RepoDigests: z.array(z.string()).nullish(),
  /** Bytes. */
  Size: z.number(),
});

export const engineEvent = z.object({
  Actor: z.object({ ID: z.string() }),
  timeNano: z.number(),
});

export const engineInfo = z.object({
  /** Folder of the images and volumes on the engine's machine. */
  DockerRootDir: z.string(),
});

export const prunedCache = z.object({ SpaceReclaimed: z.number().default(0) });

export type ListedContainer = z.infer<typeof listedContainer>;
export type InspectedContainer = z.infer<typeof inspectedContainer>;
export type ContainerStats = z.infer<typeof containerStats>;
export type ListedImage = z.infer<typeof listedImage>;
export type EngineEvent = z.infer<typeof engineEvent>;
