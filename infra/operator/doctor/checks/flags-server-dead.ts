import { deadServerCheck } from './dead-server.ts';

export const flagsServerDead = deadServerCheck({
  name: 'flags-server-dead',
  claim: 'every flags server is healthy',
  part: 'flags',
  problem: 'its flags server is not healthy, so applications may use their own defaults',
});
