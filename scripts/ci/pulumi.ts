import { spawn } from 'node:child_process';

export interface PulumiEnd {
  /** 7: there are changes, and `--expect-no-changes` was given. */
  readonly exitCode: number;
  /** Everything that it printed, in order. */
  readonly output: string;
  /** Its standard output alone. */
  readonly stdout: string;
}

/** Runs the Pulumi CLI to its end. */
export type RunPulumi = (args: readonly string[]) => Promise<PulumiEnd>;

const alike = ['--non-interactive', '--color', 'never'];

/** Runs the Pulumi CLI, and prints what it prints. */
export const runPulumi: RunPulumi = (args) => run(args, (chunk) => process.stdout.write(chunk));

/** Runs the Pulumi CLI in silence. */
export const askPulumi: RunPulumi = (args) => run(args, () => undefined);

async function run(args: readonly string[], print: (chunk: string) => unknown): Promise<PulumiEnd> {
  const { promise, resolve, reject } = Promise.withResolvers<PulumiEnd>();
  let output = '';
  let stdout = '';
  const child = spawn('pulumi', [...args, ...alike], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (stream === child.stdout) stdout += chunk;
      print(chunk);
    });
  }
  child.on('error', (cause) => {
    reject(new Error(`pulumi must be on PATH: ${cause.message}`, { cause }));
  });
  child.on('close', (code) => resolve({ exitCode: code ?? 1, output, stdout }));
  return await promise;
}
