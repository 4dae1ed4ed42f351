import type { CaseOutcome, CaseResult, CaseRunner, ScenarioOutline, TestCase } from '../../src/regression/index.js';

export function testCase(changes: Partial<TestCase> = {}): TestCase {
  return {
    name: 'calls (volte, simulated, seed 1)',
    scenario: 'calls',
    file: 'scenarios/calls.yaml',
    topology: 'topologies/volte.yaml',
    environment: 'simulated',
    seed: 1,
    timeoutMs: 1_000,
    nodeCount: 1,
    alone: 'npx imslab test scenarios/calls.yaml',
    ...changes,
  };
}

export function caseResult(changes: Partial<CaseResult> = {}): CaseResult {
  return {
    case: testCase(),
    end: 'passed',
    sentence: 'all 3 steps went as they should',
    explanation: [],
    where: undefined,
    durationMs: 12.3,
    scenarioMs: 3_300,
    folder: undefined,
    ...changes,
  };
}

export function outcome(changes: Partial<CaseOutcome> = {}): CaseOutcome {
  return {
    passed: true,
    sentence: 'all 3 steps went as they should',
    explanation: [],
    where: undefined,
    durationMs: 3_300,
    golden: undefined,
    coverage: undefined,
    wasInterrupted: false,
    ...changes,
  };
}

export function outline(changes: Partial<ScenarioOutline> = {}): ScenarioOutline {
  return {
    name: 'calls',
    topology: 'topologies/volte.yaml',
    environments: ['simulated', 'real'],
    seeds: [1],
    timeoutMs: 1_000,
    nodeCount: 1,
    ...changes,
  };
}

/** File → its scenarios. */
export function outlines(files: Readonly<Record<string, readonly ScenarioOutline[]>>): Pick<CaseRunner, 'outline'> {
  return { outline: (file) => files[file]! };
}
