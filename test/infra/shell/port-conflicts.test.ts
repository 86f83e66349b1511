import { expect, test } from 'vitest';
import { otherServices } from '../../../infra/shell/port-conflicts.ts';

test('each other service on a port is named once', () => {
  expect(otherServices('blog\nshop\nblog\nwiki\n', 'shop')).toEqual(['blog', 'wiki']);
  expect(otherServices('', 'shop')).toEqual([]);
});
