/** Reply of a command. `undefined` stands for nil, a number for an integer. */
export type Reply = undefined | string | number | readonly Reply[];

/** A command's name in upper case and its arguments. */
export interface RedisCommand {
  readonly name: string;
  readonly args: readonly string[];
}
