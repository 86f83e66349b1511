/**
 * Most members of one track that are swapped at once. More starting processes would take the CPU from
 * those that serve, and would run more commands than a monitor has memory for.
 */
export const mostSwapsAtOnce = 4;
