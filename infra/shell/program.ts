import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { plainErrorLine } from '../../runtime/contract/error-line.ts';

const execute = promisify(execFile);

/** A stack's exported state may be large. */
const largestOutputBytes = 256 * 1_048_576;

/** Exit code with which ssh itself fails, for example because the machine does not answer. */
export const sshFailed = 255;

/**
 * Runs a program to its end.
 * @param input its standard input. Default: none.
 * @param options.timeoutMs time after which it is ended. Default: none.
 * @returns the program's standard output.
 * @throws PerchError `unsupported` if the program is not on PATH; `process_failed`, with the last
 * line of its standard error, if it fails or does not end in time.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  input = '',
  { timeoutMs = 0 }: { readonly timeoutMs?: number } = {},
): Promise<string> {
  try {
    const running = execute(program, args, { maxBuffer: largestOutputBytes, timeout: timeoutMs });
    // A program that ends without reading its input closes the pipe; its exit code says the rest.
    running.child.stdin?.on('error', () => undefined).end(input);
    return (await running).stdout;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
      throw new PerchError('unsupported', `${program} must be on PATH`, { cause });
    }
    if (cause instanceof Error && 'killed' in cause && cause.killed === true && timeoutMs > 0) {
      const text = `${program} did not end within ${timeoutMs / 1_000} s`;
      throw new PerchError('process_failed', text, { cause });
    }
    // The message of execFile's error would repeat the whole command.
    const stderr = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : '';
    throw programFailure(program, stderr, cause);
  }
}

/**
 * Returns the error of a program that failed: the last line of its standard error.
 * @param cause error with the fields `code` and `stderr`, as execFile makes it.
 */
export function programFailure(program: string, stderr: string, cause: unknown): PerchError {
  const line = stderr.trim().split('\n').at(-1)?.trim() || `${program} failed`;
  return new PerchError('process_failed', plainErrorLine(line), { cause });
}

/** True if ssh itself failed, so that the program on the other machine did not run or did not end. */
export function isSshFailure(error: unknown): boolean {
  if (!(error instanceof PerchError) || error.code !== 'process_failed') return false;
  const { cause } = error;
  return cause instanceof Error && 'code' in cause && cause.code === sshFailed;
}
