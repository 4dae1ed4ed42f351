import { findScenario, findTopology } from '../../src/topology/find-file.js';
import { InputError } from '../../src/topology/problem.js';

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  throw new Error('was found');
}

describe('a shipped scenario', () => {
  it('is found by its path below the folder, or by its name alone', () => {
    expect(findScenario('register-and-call')).toMatch(/profiles\/scenarios\/register-and-call\.yaml$/);
    expect(findScenario('call/volte-call')).toMatch(/profiles\/scenarios\/call\/volte-call\.yaml$/);
    expect(findScenario('volte-call')).toBe(findScenario('call/volte-call'));
  });

  it('is suggested with its folder when it is misspelt or looked for in another one', () => {
    expect(refusal(() => findScenario('volte-cal'))).toContain("did you mean 'call/volte-call'?");
    // A folder is meant: what stands beside it, or the one that is shipped.
    for (const text of ['simm', 'profiles/scenarios/simm']) {
      expect(refusal(() => findScenario(text))).toContain("did you mean 'profiles/scenarios/sim'?");
    }
    const typo = 'profiles/scenarios/registration/expirry.yaml';
    expect(refusal(() => findScenario(typo))).toContain("did you mean 'profiles/scenarios/registration/expiry.yaml'?");
    expect(refusal(() => findScenario('faults/volte-call'))).toContain('call/volte-call');
    expect(refusal(() => findScenario('nonsense-of-mine')).length).toBeLessThan(1_000);
  });
});

it('a shipped topology is suggested', () => {
  expect(refusal(() => findTopology('volte-two-scsc'))).toContain("did you mean 'volte-two-scscf'?");
});
