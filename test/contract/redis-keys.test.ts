import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';

const page = readFileSync(join(import.meta.dirname, '../../ARCHITECTURE.md'), 'utf8');

/** Names in the first column of the table of Redis keys, without what stands in place of `<...>`. */
function documentedKeys(): string[] {
  const [, section = ''] = page.split('Every key begins with `perch:{service}:`');
  const [table = ''] = section.split('\n## ');
  const firstCells = table.split('\n').flatMap((line) => line.split('|')[1] ?? []);
  return firstCells.flatMap((cell) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name.replace(/<.*>/, '')),
  );
}

function storedKeys(): string[] {
  const prefix = 'perch:shop:';
  return Object.values(redisKeys('shop')).map((key: string | ((part: never) => string)) => {
    const name = typeof key === 'string' ? key : key('' as never);
    expect(name).toMatch(new RegExp(`^${prefix}`));
    return name.slice(prefix.length);
  });
}

test("ARCHITECTURE's table names every Redis key that Perch stores, and no other", () => {
  expect(documentedKeys().sort()).toEqual(storedKeys().sort());
});
