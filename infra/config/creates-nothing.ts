/** True if the program runs in `pulumi refresh` or `pulumi destroy`, which create nothing. */
export function createsNothing(): boolean {
  return /^(1|true)$/i.test(process.env['PULUMI_RUN_PROGRAM'] ?? '');
}
