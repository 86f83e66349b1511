import type { OperatorCommand } from '../command.ts';

/** `perch doctor`. */
export const doctorCommand: OperatorCommand = {
  summary: 'Check hosts.',
  usage: 'Usage: perch --stack NAME doctor [--json]',
  async run() {
    return 0;
  },
};
