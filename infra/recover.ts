/** `npm run recover`: the same as `npx perch recover`. */
import { recoverProgram } from './deploy/recover-program.ts';

await recoverProgram(process.argv.slice(2));
