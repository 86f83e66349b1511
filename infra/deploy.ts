/** `npm run deploy`: the same as `npx perch deploy`. */
import { deployProgram } from './deploy/programs.ts';

await deployProgram(process.argv.slice(2));
