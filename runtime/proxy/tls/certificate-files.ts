import { readFile } from 'node:fs/promises';
import { PerchError } from '../../contract/perch-error.ts';
import type { Certificate } from '../../core/edge/certificate.ts';
import { checkCertificate } from '../../core/edge/certificate-check.ts';
import { inputProblemsText } from '../../core/input/input.ts';
import type { CertificateFiles } from '../settings/settings.ts';
import { certificateFault } from './certificate-fault.ts';

/**
 * Reads a certificate and its private key, and checks that clients would accept them.
 * @param hosts names that it must cover.
 * @throws PerchError `bad_input` with every problem: option, rule and file, but no secret.
 */
export async function readCertificateFiles(
  files: CertificateFiles,
  hosts: readonly string[],
  nowMs: number,
): Promise<Certificate> {
  const chainPem = await readText('--certificate', files.chain);
  const privateKeyPem = await readText('--private-key', files.privateKey);
  const checked = checkCertificate({ chainPem, privateKeyPem }, { hosts, nowMs });
  if (!checked.ok) {
    const problems = checked.problems.map(({ field, rule }) =>
      field === 'privateKey'
        ? { field: '--private-key', rule, value: files.privateKey }
        : { field: '--certificate', rule, value: files.chain },
    );
    throw new PerchError('bad_input', inputProblemsText(problems));
  }
  const { certificate } = checked;
  const fault = certificateFault(certificate);
  if (fault === undefined) return certificate;
  const rule = `must be one that TLS can use: ${fault}`;
  throw new PerchError('bad_input', `--certificate ${rule}, got ${files.chain}`);
}

async function readText(option: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new PerchError('bad_input', `${option} must be a readable file, got ${file} (${code})`, {
      cause,
    });
  }
}
