export { compile } from './compile.js';
export { createMachineHost, type MachineHostOptions } from './create-host.js';
export { declaredTransitions, leafStates } from './declared-transitions.js';
export { effect } from './effect.js';
export type { EffectsOf, HostMode, Instance, InstanceOptions, MachineHost } from './host.js';
export { stateName } from './subset.js';
export { transitionLabel } from './transition-label.js';
