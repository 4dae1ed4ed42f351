export { compile } from './compile.js';
export { createMachineHost, type MachineHostOptions } from './create-host.js';
export { effect } from './effect.js';
export type { EffectsOf, HostMode, Instance, InstanceOptions, MachineHost } from './host.js';
