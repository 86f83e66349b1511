import { expect, test } from 'vitest';
import { otherServices } from '../../../infra/shell/port-conflicts.ts';

test('the services on a port are those of other stacks, each once', () => {
  const printed = '80 blog\n80 shop\n80 blog\n80 wiki\n443 blog\n';
  expect(otherServices(printed, 'shop')).toEqual([
    { port: 80, service: 'blog' },
    { port: 80, service: 'wiki' },
    { port: 443, service: 'blog' },
  ]);
  expect(otherServices('', 'shop')).toEqual([]);
});
