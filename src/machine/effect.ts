/** What an interpreted actor is bound to, so that its placeholder actions reach the chassis. Filled by the machine host. */
export type EffectPerformer = (effectName: string, params: unknown) => void;

const performers = new WeakMap<object, EffectPerformer>();

/** For the machine host: actions of `actor` are performed by `performer` from now on. */
export function bindPerformer(actor: object, performer: EffectPerformer): void {
  performers.set(actor, performer);
}

/** Marks the functions made by `effect`, so that the compiler tells them from `assign`. */
export const effectName: unique symbol = Symbol('effectName');

/** An action that a machine only names: the chassis performs it. */
export interface EffectAction<TParams> {
  (args: { self: object }, params: TParams): void;
  readonly [effectName]: string;
}

/**
 * Declares, inside `setup({ actions })`, an effect: `respond: effect<{ status: number }>('respond')`. The machine stays
 * pure; the effects table that the instance was created with does the work.
 */
export function effect<TParams = undefined>(name: string): EffectAction<TParams> {
  const action = ({ self }: { self: object }, params: TParams): void => performers.get(self)?.(name, params);
  return Object.assign(action, { [effectName]: name });
}
