/** What the rules say of a capture: those that it can decide, and how its registrations went. */
import type { MessageRecord } from '../../environment/index.js';
import { ConformanceRun } from '../conformance-run.js';
import type { Finding, LabFacts } from '../rule.js';
import { type LeftOut, rulesOfCapture } from './decidable.js';
import type { InferredNode } from './infer-nodes.js';
import { type RegistrationStory, registrationStories } from './registrations.js';

/** SIP and Diameter of a capture, and who is who in it. */
export interface Checkable {
  /** In order; ids count from 1. */
  readonly records: readonly MessageRecord[];
  readonly nodes: readonly InferredNode[];
  /** Domains that UEs register at. */
  readonly homes: readonly string[];
  /** All of the capture could be read. */
  readonly isComplete: boolean;
}

export interface CheckedCapture {
  readonly findings: readonly Finding[];
  readonly registrations: readonly RegistrationStory[];
  /** Rules that had something to look at. */
  readonly appliedCount: number;
  /** Rules that were held, each id once. */
  readonly heldCount: number;
  readonly leftOut: readonly LeftOut[];
}

export function checkCapture(capture: Checkable): CheckedCapture {
  const { records, homes } = capture;
  const { held, leftOut } = rulesOfCapture({ knowsHome: homes.length === 1 });
  const run = new ConformanceRun(factsOf(capture), held);
  for (const record of records) run.listener(record);
  const { findings, applied } = run.finish();
  return {
    findings,
    registrations: registrationStories(records, capture.isComplete),
    appliedCount: applied.size,
    heldCount: new Set(held.map(({ id }) => id)).size,
    leftOut,
  };
}

function factsOf({ nodes, homes }: Pick<Checkable, 'nodes' | 'homes'>): LabFacts {
  const roles = new Map(nodes.map(({ name, role }) => [name, role]));
  return {
    home: homes[0] ?? '',
    roleOf: (name) => roles.get(name),
    // Nobody sees the state of a node from outside.
    isExternal: () => true,
    ueCount: nodes.filter(({ role }) => role === 'ue').length,
  };
}
