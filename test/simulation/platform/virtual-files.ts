import { platform } from './platform.ts';

// One error for all, because every proxy looks for a missing file once a second.
const missing = Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' });

/** Part of `node:fs/promises` for the files of the simulated hosts, whose disks never fail. */
export const virtualFiles = {
  async readFile(path: string): Promise<string> {
    return content(path);
  },
  stat(path: string): Promise<{ readonly mtimeMs: number }> {
    return platform().files.has(path) ? Promise.resolve({ mtimeMs: 0 }) : Promise.reject(missing);
  },
  async open(path: string) {
    const { files } = platform();
    files.set(path, '');
    return {
      writeFile: async (text: string) => void files.set(path, text),
      sync: async () => undefined,
      close: async () => undefined,
    };
  },
  async rename(from: string, to: string): Promise<void> {
    const { files } = platform();
    files.set(to, content(from));
    files.delete(from);
  },
  async rm(path: string): Promise<void> {
    platform().files.delete(path);
  },
};

function content(path: string): string {
  const text = platform().files.get(path);
  if (text !== undefined) return text;
  throw missing;
}
