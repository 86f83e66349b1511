/** Everything that the checks judge. Plain data: asking and judging are apart. */
import type { ServiceContainer } from '../containers.ts';

/** A value, or the reason why nobody gave it. */
export type Asked<T> =
  | { readonly known: true; readonly value: T }
  | { readonly known: false; readonly why: string };

export interface DiskReport {
  /** Folder that the file system holds. */
  readonly folder: string;
  readonly usedPercent: number;
  readonly freeMiB: number;
}

export interface HostReport {
  readonly disks: readonly DiskReport[];
  /** Undefined: the engine does not answer. */
  readonly dockerVersion: string | undefined;
  /** Images of the release that the host does not have. */
  readonly missingImages: readonly string[];
  /** Undefined: no monitor says it. */
  readonly perchVersion: string | undefined;
  readonly containers: readonly ServiceContainer[];
  /** Positive: the host's clock is fast. */
  readonly clockOffsetMs: number;
  /** Largest error of the offset. */
  readonly clockErrorMs: number;
  /** True if a time server keeps the clock; undefined: the host does not say. */
  readonly clockIsKept?: boolean | undefined;
  /** True if containers outlive a restart of Docker; undefined: the engine does not say. */
  readonly liveRestore?: boolean | undefined;
  /** True if the host installs security updates by itself; undefined: it does not say. */
  readonly securityUpdates?: boolean | undefined;
}

export interface HostReply {
  readonly name: string;
  readonly report: Asked<HostReport>;
}

export interface NameReply {
  readonly name: string;
  /** Addresses of the hosts, which the DNS should have. */
  readonly expected: readonly string[];
  readonly found: Asked<readonly string[]>;
}

export interface CertificateReply {
  readonly name: string;
  /** Times of the certificate that is served, since 1970. */
  readonly validity: Asked<{ readonly fromMs: number; readonly untilMs: number }>;
}

export interface RedisReply {
  readonly usedBytes: number;
  /** 0: without a limit. */
  readonly maxBytes: number;
  /** Redis' own words for a refused write. */
  readonly writeError?: string | undefined;
}

export interface StackVersion {
  readonly stack: string;
  readonly version: Asked<string>;
}

export interface Survey {
  readonly service: string;
  readonly edgeService: string;
  readonly stack: string;
  readonly nowMs: number;
  /** Origin of the hosts: the stack made them, its configuration names them, or they are of others. */
  readonly hosting: 'created' | 'given' | 'of-others';
  readonly hosts: readonly HostReply[];
  readonly names: readonly NameReply[];
  readonly certificates: readonly CertificateReply[];
  readonly redis: Asked<RedisReply>;
  /** The project's other stacks of the service, and those whose hosts it shares. */
  readonly otherStacks: readonly StackVersion[];
}

/** Something that is wrong. */
export interface Finding {
  /** Name of the thing that is wrong: a host, a host name, a stack. */
  readonly subject: string;
  readonly problem: string;
  readonly evidence: string;
  readonly remedy: string;
}

/** Result of one check: what is wrong, and what could not be checked. */
export interface CheckResult {
  readonly findings: readonly Finding[];
  readonly unchecked: readonly string[];
}

/** A check of one kind of fault. Pure. */
export interface DoctorCheck {
  readonly name: string;
  /** One clause that holds if nothing is wrong. */
  readonly claim: string;
  examine(survey: Survey): CheckResult;
}

/** Hosts that answered. What is wrong with the others, one check says for all. */
export function reportsOf({ hosts }: Survey): { name: string; report: HostReport }[] {
  return hosts.flatMap(({ name, report }) =>
    report.known ? [{ name, report: report.value }] : [],
  );
}
