import { machines } from '../../../src/coverage/machines.js';
import { checkScenario } from '../../../src/scenario/language/check-scenario.js';
import { expectMessage, expectState } from '../../../src/scenario/language/expectations.js';
import { answerWith, drop } from '../../../src/scenario/language/faults.js';
import { machinesOf } from '../../../src/scenario/language/machines.js';
import { scenario } from '../../../src/scenario/language/scenario.js';
import { answer, call, hangUp, inject, parallel, register, start, wait } from '../../../src/scenario/language/steps.js';
import { formatProblem } from '../../../src/topology/problem.js';
import { ROLES } from '../../../src/topology/topology-schema.js';
import { ScenarioFolder } from './files.js';

const folder = new ScenarioFolder();
afterAll(() => folder.remove());

/** The problems without the place of this file. */
function problemsOf(options: Parameters<typeof scenario>[0]): readonly string[] {
  const text = checkScenario(scenario(options), folder.lab).map(formatProblem);
  return text.map((line) =>
    line.replaceAll(`${folder.path}/`, '').replace(/^.*check-scenario\.test\.ts:\d+:\d+/, 'HERE'),
  );
}

it('a scenario of the typed API is checked like one of a file, each mistake at the line that made the step', () => {
  const steps = [
    register({ ue: ['ue1', 'ue9'] }),
    answer({ as: 'c1' }),
    start({ node: 'hss1' }),
    expectMessage('200 REGSTER'),
    expectState({ node: 'ue1', machine: 'registration', is: 'registred' }),
    parallel([[], wait('1s')]),
  ];
  expect(problemsOf({ name: 'n', steps, faults: [drop('REGSTER'), answerWith('ACK', { status: 400 })] })).toEqual([
    "n: faults[0].drop: there is no method or command REGSTER; did you mean 'REGISTER'? Another method: SIP REGSTER",
    'n: faults[1].answer: nobody answers ACK; name a request, such as INVITE or UAR',
    "HERE: ue: t.yaml has no UE 'ue9'; did you mean 'ue1'?",
    "HERE: as: there is no call 'c1' before this step; give the call step before it as: c1",
    'HERE: node: hss1 runs already; stop it in a step before, or remove this step',
    "HERE: message: there is no method REGSTER; did you mean 'REGISTER'? Another method: SIP REGSTER",
    "HERE: is: the machine registration of ue1 has no state 'registred'; did you mean 'registered'?",
  ]);
});

it('a scenario without a mistake', () => {
  const steps = [
    register({ ue: ['ue1', 'ue2'], atOnce: true }),
    call({ from: 'ue1', to: 'ue2', as: 'c1', holdFor: 'until-released' }),
    expectMessage('INVITE', { to: 'scscf1', capture: { id: 'Call-ID' } }),
    inject({ from: 'ue1', to: 'pcscf1', message: `OPTIONS sip:a@b SIP/2.0\nCall-ID: \${id}\n\n` }),
    hangUp({ as: 'c1' }),
  ];
  expect(problemsOf({ name: 'n', steps })).toEqual([]);
});

it('every state machine of the project can be expected at nodes of some role', () => {
  const known = new Set(ROLES.flatMap((role) => [...machinesOf(role).keys()]));
  expect(machines.map(({ machine }) => machine.id).filter((id) => !known.has(id))).toEqual([]);
  expect(machinesOf('hss').get('subscription')).toContain('notRegistered');
});
