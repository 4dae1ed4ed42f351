/** Faults at protocol points: what may be planted, and the layer between the nodes and their network that plants it. */
export { checkFault, type FaultProblem } from './check-fault.js';
export type { Fault, FaultAction, FieldChanges } from './fault.js';
export type { FaultControl, IdleStrikes } from './fault-control.js';
export { FaultLayer } from './fault-layer.js';
