import type { Properties } from '../../../../support/pulumi/stand-in-answers.ts';
import type { Inputs } from './inputs.ts';

/** AWS in one region, with the tags of every resource. */
export interface Aws {
  /** @param operation `ec2:CreateVpc`. @throws AwsRefusal */
  call(operation: string, input: Properties): Promise<Properties>;
  /** The tags of a resource: its own and those of the provider. */
  tagsOf(inputs: Inputs): Readonly<Record<string, string>>;
}

export interface Change {
  readonly id: string;
  readonly before: Properties;
  readonly after: Properties;
}

/** Calls of AWS for one type of resource, as the real provider makes them. */
export interface AwsResource {
  /** Input that the real provider fills in, and the most characters that it may have. */
  readonly named?: { readonly key: string; readonly longest: number };
  /** Inputs whose change replaces the resource. */
  readonly fixed: readonly string[];
  /** Inputs of the provider itself, which no call of AWS takes. */
  readonly own?: readonly string[];
  /** Returns the id. */
  create(aws: Aws, inputs: Inputs): Promise<string>;
  /** Returns what AWS has made of the resource. Throws if it is not there. */
  read(aws: Aws, id: string, state: Properties): Promise<Properties>;
  /** Undefined: no change in place is known. */
  update?(aws: Aws, change: Change): Promise<void>;
  delete(aws: Aws, id: string, state: Properties): Promise<void>;
}

/** Tags as most services take them. */
export function tagList(tags: Readonly<Record<string, string>>): Properties[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** A resource that is not there any more. */
export class NotThere extends Error {}

/** The only element of a list in an answer. */
export function only(answer: Properties, list: string): Properties {
  const values = answer[list] as Properties[];
  const [first] = values;
  if (first === undefined) throw new NotThere(`${list} has no element`);
  if (values.length > 1) throw new Error(`${list} must have one element, has ${values.length}`);
  return first;
}
