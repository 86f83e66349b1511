import { z } from 'zod';
import { architectures } from '../../runtime/contract/architecture.ts';
import { tlsModes } from '../../runtime/contract/edge.ts';
import { controlSchema } from './prod-connection.ts';

const hostSchema = z.object({
  /** Name in the release documents. */
  name: z.string(),
  /** Absent: amd64. */
  architecture: z.enum(architectures).optional(),
  /** True if the other hosts reach it, and its containers, by IPv6. */
  ipv6: z.boolean(),
  privateAddress: z.string(),
  publicAddress: z.string(),
  /** Name of the Docker network that Perch's containers on the host share. */
  networkName: z.string(),
  /** Access by ssh, without the private key. Absent on target docker: the host is this machine. */
  ssh: controlSchema.optional(),
});

/** Shape of the output `hostConnection`. */
export const hostConnectionSchema = z.object({
  /** Service of the host stack, whose monitors run the commands of guests. */
  service: z.string(),
  target: z.string(),
  /** The first one runs the commands. */
  hosts: z.array(hostSchema).min(1),
  /** URL of Redis for processes on a host. Secret. */
  redisUrl: z.string(),
  /** Operator of Redis: a container of the stack, or the cloud. */
  redis: z.enum(['container', 'managed']).default('container'),
  /** Host whose containers reach Redis under another name, and their URL. Secret. */
  nearRedis: z.object({ host: z.string(), url: z.string() }).optional(),
  /** Registry that the host stack names or has made, with its login. Secret. */
  registry: z
    .object({
      address: z.string(),
      username: z.string().optional(),
      password: z.string().optional(),
    })
    .optional(),
  /** True if the host stack has no registry: images reach its hosts by ssh. */
  sendsImages: z.boolean().optional(),
  /** Perch's own image. */
  runtimeImage: z.string(),
  /** Way of TLS of the host stack. */
  tls: z.enum(tlsModes),
  httpPort: z.number(),
  httpsPort: z.number(),
  /** Address of the console for browsers, which shows guests too. Absent: there is none. */
  consoleUrl: z.string().optional(),
  /** Addresses that the DNS of each host name must have. Empty: a load balancer stands in front. */
  addresses: z.array(z.string()),
});

/** Everything that a guest needs to use the hosts of another stack. */
export type HostConnection = z.output<typeof hostConnectionSchema>;
