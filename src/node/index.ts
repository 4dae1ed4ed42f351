/** The chassis of a node: endpoints, procedure registry, lifecycle. */
export type { Cause, Chassis, NetworkFunction, Procedure, ReturningResponse, RoutedRequest } from './chassis.js';
export { FunctionNode, type FunctionSettings } from './function-node.js';
export { Guard, guardedEnvironment } from './guard.js';
export type {
  FunctionInspection,
  MachineCount,
  NodeInspection,
  OldestTransaction,
  Queue,
  RegistrationClaim,
} from './inspection.js';
export { type LifecycleContext, type LifecycleEvent, type LifecycleInput, lifecycle } from './lifecycle.machine.js';
export type { LifecycleState, NetworkNode, NodeOptions, StartFailure } from './node.js';
