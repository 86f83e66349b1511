import { readFile } from 'node:fs/promises';
import { PerchError, type InputProblem } from '../../contract/perch-error.ts';
import type { CertificateUse } from '../../core/edge/certificate-check.ts';
import type { Certificate } from '../../core/edge/certificate.ts';
import { inputProblemsText } from '../../core/input/input.ts';
import type { CertificateFiles } from '../settings/settings.ts';
import { checkUsable } from './certificate-fault.ts';

/**
 * Reads a certificate and its private key, and checks that clients would accept them.
 * @throws PerchError `bad_input` with every problem: option, rule and file, but no secret.
 */
export async function readCertificateFiles(
  files: CertificateFiles,
  use: CertificateUse,
): Promise<Certificate> {
  const [chainPem, privateKeyPem] = await readBoth(files);
  const checked = checkUsable({ chainPem, privateKeyPem }, use);
  if (checked.ok) return checked.certificate;
  const problems = checked.problems.map(({ field, rule }) =>
    field === 'privateKey'
      ? { field: '--private-key', rule, value: files.privateKey }
      : { field: '--certificate', rule, value: files.chain },
  );
  throw new PerchError('bad_input', inputProblemsText(problems));
}

/** @throws PerchError `bad_input` with the problems of both files. */
async function readBoth({ chain, privateKey }: CertificateFiles): Promise<[string, string]> {
  const [chainRead, keyRead] = await Promise.allSettled([
    readFile(chain, 'utf8'),
    readFile(privateKey, 'utf8'),
  ]);
  if (chainRead.status === 'fulfilled' && keyRead.status === 'fulfilled') {
    return [chainRead.value, keyRead.value];
  }
  const problems = [
    ...unreadable('--certificate', chain, chainRead),
    ...unreadable('--private-key', privateKey, keyRead),
  ];
  const causes = [chainRead, keyRead].flatMap((read) =>
    read.status === 'rejected' ? [read.reason] : [],
  );
  throw new PerchError('bad_input', inputProblemsText(problems), {
    cause: causes.length === 1 ? causes[0] : new AggregateError(causes),
  });
}

function unreadable(
  field: string,
  file: string,
  read: PromiseSettledResult<string>,
): InputProblem[] {
  if (read.status === 'fulfilled') return [];
  const { reason }: { reason: unknown } = read;
  const code = reason instanceof Error && 'code' in reason ? String(reason.code) : 'unknown';
  return [{ field, rule: 'must be a readable file', value: `${file} (${code})` }];
}
