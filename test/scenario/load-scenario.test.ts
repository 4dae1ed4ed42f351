import { loadScenario } from '../../src/scenario/load-scenario.js';
import { findScenario } from '../../src/topology/find-file.js';
import { loadLab } from '../../src/topology/load.js';
import { InputError } from '../../src/topology/problem.js';
import { TestFolder, topologyText } from '../topology/files.js';

const folder = new TestFolder();
afterAll(() => folder.remove());
const lab = loadLab(folder.write('t.yaml', topologyText()));

function refusal(steps: string, rest = ''): readonly string[] {
  const file = folder.write('s.yaml', `name: n\nsteps:\n${steps}\n${rest}`);
  try {
    loadScenario(file, lab);
  } catch (error) {
    if (error instanceof InputError) return error.message.replaceAll(`${folder.path}/`, '').split('\n');
    throw error;
  }
  throw new Error('was accepted');
}

it('the shipped scenario is read', () => {
  const scenario = loadScenario(findScenario('register-and-call'), lab);
  expect(scenario.steps).toHaveLength(4);
  expect(scenario.steps[1]).toEqual({
    do: 'call',
    from: 'ue1',
    to: 'ue2',
    as: 'c1',
    holdForMs: 2000,
    timeoutMs: 42_000,
  });
  expect(scenario.checks).toEqual(['no-retransmission', 'media-both-ways', 'no-fault']);
});

it.each([
  [
    'an unknown action',
    '  - { do: regster, ue: ue1 }',
    "s.yaml:3:11: steps[0].do: 'regster' is not known here; did you mean 'register'?",
  ],
  ['an unknown key', '  - { do: register, ues: ue1 }', "s.yaml:3:21: steps[0].ues: unknown key; did you mean 'ue'?"],
  [
    'an unknown UE',
    '  - { do: register, ue: [ue1, ue3] }',
    "s.yaml:3:31: steps[0].ue[1]: t.yaml has no UE 'ue3'; did you mean 'ue1'?",
  ],
  [
    'a node that is no UE',
    '  - { do: register, ue: pcscf1 }',
    "s.yaml:3:25: steps[0].ue[0]: t.yaml has no UE 'pcscf1'; use one of ue1, ue2",
  ],
  [
    'an unknown node',
    '  - { do: stop, node: hss9 }',
    "s.yaml:3:23: steps[0].node: t.yaml has no node 'hss9'; did you mean 'hss1'?",
  ],
  [
    'an unknown call',
    '  - { expect: call, as: c1, is: released }',
    "s.yaml:3:25: steps[0].as: there is no call 'c1' before this step; give the call step before it as: c1",
  ],
  [
    'a duration without a unit',
    '  - { do: wait, for: 2 }',
    's.yaml:3:22: steps[0].for: 2 is no duration; write a number and a unit: 500ms, 2s, 4min, 1h',
  ],
  [
    'a step without a verb',
    '  - { ue: ue1 }',
    's.yaml:3:5: steps[0]: says neither do nor expect; start it with do: register, do: deregister, do: call, do: wait, do: stop, do: start, or expect:',
  ],
  [
    'a step that is no block',
    '  - register',
    's.yaml:3:5: steps[0]: says neither do nor expect; start it with do: register, do: deregister, do: call, do: wait, do: stop, do: start, or expect:',
  ],
  [
    'to start what runs',
    '  - { do: start, node: hss1 }',
    's.yaml:3:24: steps[0].node: hss1 runs already; stop it in a step before, or remove this step',
  ],
  [
    'to stop what is stopped',
    '  - { do: stop, node: ue1 }\n  - { do: stop, node: ue1 }',
    's.yaml:4:23: steps[1].node: ue1 has been stopped already; start it in between, or remove this step',
  ],
  [
    'a callee that is no URI',
    '  - { do: call, from: ue1, to: "sip:" }',
    "s.yaml:3:32: steps[0].to: 'sip:' is no SIP or tel URI; write a UE of the topology, sip:user@domain or tel:+15550100001",
  ],
  ['a wait without an end', '  - { do: wait }', 's.yaml:3:5: steps[0].for: is missing; add for: 2s'],
])('refuses %s', (_what, step, expected) => {
  expect(refusal(step)).toEqual([expected]);
});

it('refuses an unknown check and names the known ones', () => {
  expect(refusal('  - { do: register, ue: ue1 }', 'checks: [ts24229]\n')).toEqual([
    "s.yaml:4:10: checks[0]: 'ts24229' is not known here; use one of no-retransmission, media-both-ways, no-fault",
  ]);
});
