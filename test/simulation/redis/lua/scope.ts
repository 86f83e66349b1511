import type { LuaValue } from './values.ts';

/** Values of local variables of one run, by slot. */
export type Frame = LuaValue[];
export type Expression = (frame: Frame) => LuaValue;

/** Names that are known at one place of a script, and the slots of the local ones. */
export class Scope {
  readonly #outer: Scope | undefined;
  readonly #globals: ReadonlyMap<string, LuaValue>;
  readonly #slots = new Map<string, number>();
  readonly #count: { slots: number };

  constructor(globals: ReadonlyMap<string, LuaValue>, outer?: Scope) {
    this.#globals = globals;
    this.#outer = outer;
    this.#count = outer === undefined ? { slots: 0 } : outer.#count;
  }

  inner(): Scope {
    return new Scope(this.#globals, this);
  }

  /** Declares a local variable. */
  declare(name: string): (frame: Frame, value: LuaValue) => void {
    const slot = this.#count.slots;
    this.#count.slots += 1;
    this.#slots.set(name, slot);
    return (frame, value) => {
      frame[slot] = value;
    };
  }

  read(name: string): Expression {
    const slot = this.slotOf(name);
    if (slot !== undefined) return (frame) => frame[slot];
    if (!this.#globals.has(name)) throw new SyntaxError(`Lua: unknown name ${name}`);
    return () => this.#globals.get(name);
  }

  /** Assigns a local variable; the scripts assign no others. */
  write(name: string): (frame: Frame, value: LuaValue) => void {
    const slot = this.slotOf(name);
    if (slot === undefined) throw new SyntaxError(`Lua: ${name} is no local variable`);
    return (frame, value) => {
      frame[slot] = value;
    };
  }

  /** Slot of a local variable; undefined for another name. */
  slotOf(name: string): number | undefined {
    return this.#slots.get(name) ?? this.#outer?.slotOf(name);
  }
}
