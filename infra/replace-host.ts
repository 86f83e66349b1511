/** `npm run host`: the same as `npx perch host replace` and `resize`. */
import { hostProgram } from './replacement/host-program.ts';

await hostProgram(process.argv.slice(2));
