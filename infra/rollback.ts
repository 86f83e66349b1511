/** `npm run rollback`: the same as `npx perch rollback`. */
import { rollbackProgram } from './deploy/programs.ts';

await rollbackProgram(process.argv.slice(2));
