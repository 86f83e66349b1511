import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sshPublicKey } from '../../support/pulumi/ssh-keys.ts';

const docs = join(import.meta.dirname, '../../../docs');

/** Names of the examples in docs/examples/library, in the order of docs/library.md. */
export const exampleNames = ['bucket', 'database', 'machines'] as const;

/** Program and stack file of an example, with values that a stack takes: it refuses those of documentation. */
export async function readExample(
  name: string,
): Promise<{ readonly program: string; readonly stackFile: string }> {
  const program = await readFile(join(docs, `examples/library/${name}.ts`), 'utf8');
  const files = await blocksOf('yaml');
  const own = files.filter((file) => file.startsWith('# Pulumi.prod.yaml'));
  const stackFile = own[exampleNames.findIndex((example) => example === name)] ?? '';
  return { program: taken(program), stackFile: taken(stackFile) };
}

/** Blocks of code in docs/library.md. */
export async function blocksOf(language: string): Promise<string[]> {
  const page = await readFile(join(docs, 'library.md'), 'utf8');
  const blocks = page.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'));
  return [...blocks].map(([, code = '']) => code);
}

function taken(text: string): string {
  return text
    .replaceAll('example.com', 'perch.internal')
    .replaceAll('198.51.100.', '198.18.1.')
    .replaceAll('ssh-ed25519 AAAA...', sshPublicKey);
}
