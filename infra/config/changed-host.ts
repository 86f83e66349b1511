/**
 * Environment variable with the name of the one host whose machine an update may change in size. The
 * program ignores a new `perch:size` of all others: changing a machine takes it down, so
 * `npx perch host resize` lets one after the other change.
 */
export const changedHostVariable = 'PERCH_CHANGED_HOST';
