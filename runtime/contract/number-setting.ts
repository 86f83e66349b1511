/** Default and bounds of a number in a configuration. */
export interface NumberSetting {
  readonly default: number;
  /** Smallest value. Default: no bound. */
  readonly least?: number;
  /** Largest value. Default: no bound. */
  readonly most?: number;
  /** Bound that the value must exceed. Default: no bound. */
  readonly above?: number;
  /** Bound that the value must stay below. Default: no bound. */
  readonly below?: number;
  /** True if fractions are refused. Default false. */
  readonly whole?: boolean;
}

/** Rule that `value` breaks, read after the field's name: `must be 1 or more`. Undefined: none. */
export function numberProblem(setting: NumberSetting, value: unknown): string | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'must be a number';
  if (setting.whole === true && !Number.isSafeInteger(value)) return 'must be a whole number';
  const { least = -Infinity, most = Infinity, above = -Infinity, below = Infinity } = setting;
  const isInside = value >= least && value <= most && value > above && value < below;
  return isInside ? undefined : boundsRule(setting);
}

function boundsRule({ least, most, above, below }: NumberSetting): string {
  if (least !== undefined && most !== undefined) return `must be from ${least} to ${most}`;
  const rules = [
    least === undefined ? undefined : `${least} or more`,
    most === undefined ? undefined : `${most} or less`,
    above === undefined ? undefined : `above ${above}`,
    below === undefined ? undefined : `below ${below}`,
  ].filter((rule) => rule !== undefined);
  return `must be ${rules.join(' and ')}`;
}
