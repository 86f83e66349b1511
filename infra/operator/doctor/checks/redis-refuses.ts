import type { DoctorCheck } from '../survey.ts';

/** Share from which on Redis soon refuses writes. */
const nearlyFull = 0.9;
const mebibyte = 1_048_576;

export const redisRefuses: DoctorCheck = {
  name: 'redis-refuses',
  claim: 'Redis takes writes and has memory left',
  examine({ redis, service }) {
    if (!redis.known) return { findings: [], unchecked: [redis.why] };
    const { usedBytes, maxBytes, writeError } = redis.value;
    const memory = `${inMiB(usedBytes)} of ${inMiB(maxBytes)} MiB used`;
    const isFull = maxBytes > 0 && usedBytes >= maxBytes * nearlyFull;
    const subject = `Redis of ${service}`;
    if (writeError !== undefined) {
      const evidence = maxBytes > 0 ? `${writeError}; ${memory}` : writeError;
      return {
        findings: [{ subject, problem: 'refuses writes', evidence, remedy: remedyFor(writeError) }],
        unchecked: [],
      };
    }
    if (!isFull) return { findings: [], unchecked: [] };
    const finding = { subject, problem: 'is nearly full', evidence: memory, remedy: more };
    return { findings: [finding], unchecked: [] };
  },
};

const more = 'raise perch:redisMemoryMiB and deploy, or give the managed Redis a larger size';

function remedyFor(writeError: string): string {
  if (writeError.startsWith('OOM')) return more;
  if (writeError.startsWith('MISCONF'))
    return 'it cannot save to its disk: free the disk of its host';
  if (writeError.startsWith('READONLY')) return 'it is a replica: let the URL lead to the primary';
  return 'read its log with perch logs --all';
}

function inMiB(bytes: number): string {
  return (bytes / mebibyte).toFixed(0);
}
