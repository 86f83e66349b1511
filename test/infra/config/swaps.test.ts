import { expect, test } from 'vitest';
import { mostSwapsAtOnce } from '../../../infra/config/swaps.ts';
import { commandsAtOnce } from '../../../infra/release/control.ts';
import { tracks } from '../../../runtime/contract/names.ts';

test('a monitor has memory for the commands of both tracks, if each swaps as many as it may', () => {
  expect(commandsAtOnce).toBe(tracks.length * mostSwapsAtOnce);
});
