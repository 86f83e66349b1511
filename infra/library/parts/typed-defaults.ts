/** Defaults of a stack's configuration, with their types, for the parts that a program makes itself. */
import { z } from 'zod';
import { defaultsOf } from '../../config/defaults.ts';
import { schema } from '../../config/schema.ts';

const { role: _role, target: _target, ...optional } = schema;

/** Values that a stack has where it sets nothing. */
export const typedDefaults = z.object(optional).parse(defaultsOf(Object.keys(schema)));
