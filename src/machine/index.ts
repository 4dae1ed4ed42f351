export { effect } from './effect.js';
export type { EffectsOf, HostMode, Instance, InstanceOptions, MachineHost } from './host.js';
