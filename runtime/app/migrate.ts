import type { ValueStore } from './value-store.ts';

/** Value that counts the migrations that were made. */
const schemaKey = 'schema';

interface Migration {
  readonly name: string;
  readonly apply: (values: ValueStore) => Promise<unknown>;
}

/** Changes of the stored values, oldest first. A release appends its own and changes no earlier one. */
const migrations: readonly Migration[] = [
  { name: 'add a greeting', apply: (values) => values.set('greeting', 'hello') },
  { name: 'add the number of finished tasks', apply: (values) => values.set('tasks', '0') },
];

/**
 * Makes the migrations that are not made yet.
 * @returns their names.
 */
export async function migrate(values: ValueStore): Promise<string[]> {
  const made = Number((await values.get(schemaKey)) ?? 0);
  const pending = migrations.slice(made);
  for (const { apply } of pending) {
    await apply(values);
    await values.increment(schemaKey);
  }
  return pending.map(({ name }) => name);
}
