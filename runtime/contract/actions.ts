/** An action as configuration has it; the group is the flag's key. */
export const actionPattern = /^(?:alert|eject-canary|raise-memory|kill-flag:(?<flag>\S{1,200}))$/;
export const actionRule = 'must be alert, eject-canary, raise-memory or kill-flag:KEY';

/** Rules of lists of actions; both the judge and CloudWatch alarms refuse `raise-memory`. */
export const noRaiseRule = 'must not hold raise-memory; only containerMemoryPercent can';
export const ejectsRule = 'must hold eject-canary';
