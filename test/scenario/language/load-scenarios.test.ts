import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as expectations from '../../../src/scenario/language/expectations.js';
import * as faults from '../../../src/scenario/language/faults.js';
import { loadScenarios, readScenarioHeads, type ScenarioHead } from '../../../src/scenario/language/load-scenarios.js';
import { scenario } from '../../../src/scenario/language/scenario.js';
import * as steps from '../../../src/scenario/language/steps.js';
import type { Scenario, Step } from '../../../src/scenario/model.js';
import { findTopology } from '../../../src/topology/find-file.js';
import { loadLab } from '../../../src/topology/load.js';
import { parseOverride } from '../../../src/topology/source.js';
import { ScenarioFolder, withSteps } from './files.js';

const folder = new ScenarioFolder();
afterAll(() => folder.remove());

/** Without the places, which differ between the two ways of writing. */
function placeless(list: readonly Step[]): unknown {
  return JSON.parse(JSON.stringify(list, (key, value) => (key === 'place' ? undefined : value)));
}

function one(text: string): Scenario {
  const [first, ...rest] = folder.load(text);
  expect(rest).toEqual([]);
  return first!;
}

/** The same step in YAML and as a function. */
const pairs: readonly (readonly [string, Step])[] = [
  ['{ do: register, ue: ue1 }', steps.register({ ue: 'ue1' })],
  [
    '{ do: register, ue: [ue1, ue2], at-once: true, pace: 20ms, expires: 600, timeout: 9s }',
    steps.register({ ue: ['ue1', 'ue2'], atOnce: true, pace: '20ms', expires: 600, timeout: '9s' }),
  ],
  ['{ do: reregister, ue: all }', steps.reregister({ ue: ['ue1', 'ue2'] })],
  ['{ do: deregister, ue: ue* }', steps.deregister({ ue: ['ue1', 'ue2'] })],
  ['{ do: call, from: ue1, to: ue2 }', steps.call({ from: 'ue1', to: 'ue2' })],
  [
    '{ do: call, from: ue1, to: ue2, as: c1, hold-for: until-released, answer: ring, media: [audio] }',
    steps.call({ from: 'ue1', to: 'ue2', as: 'c1', holdFor: 'until-released', answer: 'ring' }),
  ],
  ['{ do: answer, as: c1 }', steps.answer({ as: 'c1' })],
  ['{ do: hold, as: c1, ue: ue2 }', steps.hold({ as: 'c1', ue: 'ue2' })],
  ['{ do: resume, as: c1 }', steps.resume({ as: 'c1' })],
  ['{ do: hang-up, as: c1 }', steps.hangUp({ as: 'c1' })],
  [
    '{ do: call, from: ue1, to: "tel:+15550100009", as: c2 }',
    steps.call({ from: 'ue1', to: 'tel:+15550100009', as: 'c2' }),
  ],
  ['{ do: reject, as: c2 }', steps.reject({ as: 'c2', status: 486 })],
  ['{ do: call, from: ue1, to: ue2, as: c3 }', steps.call({ from: 'ue1', to: 'ue2', as: 'c3' })],
  ['{ do: cancel, as: c3 }', steps.cancel({ as: 'c3' })],
  [
    '{ do: message, from: ue1, to: ue2, text: hello, status: 404 }',
    steps.message({ from: 'ue1', to: 'ue2', text: 'hello', status: 404 }),
  ],
  ['{ do: power-off, ue: ue1 }', steps.powerOff({ ue: 'ue1' })],
  ['{ do: power-on, ue: ue1 }', steps.powerOn({ ue: 'ue1' })],
  ['{ do: lose-coverage, ue: ue1 }', steps.loseCoverage({ ue: 'ue1' })],
  ['{ do: regain-coverage, ue: ue1 }', steps.regainCoverage({ ue: 'ue1' })],
  ['{ do: stop, node: hss1 }', steps.stop({ node: 'hss1' })],
  ['{ do: start, node: hss1 }', steps.start({ node: 'hss1' })],
  ['{ do: restart, node: hss1 }', steps.restart({ node: 'hss1' })],
  ['{ do: crash, node: ue2 }', steps.crash({ node: 'ue2' })],
  ['{ do: start, node: ue2 }', steps.start({ node: 'ue2' })],
  [
    '{ do: set, node: ue2, key: call.answer, value: busy }',
    steps.set({ node: 'ue2', key: 'call.answer', value: 'busy' }),
  ],
  ['{ do: network-deregister, node: hss1, ue: ue1 }', steps.networkDeregister({ node: 'hss1', ue: 'ue1' })],
  [
    '{ do: network-deregister, node: scscf1, ue: ue1, come-back: true }',
    steps.networkDeregister({ node: 'scscf1', ue: 'ue1', comeBack: true }),
  ],
  ['{ do: reauthenticate, node: scscf1, ue: ue1 }', steps.reauthenticate({ node: 'scscf1', ue: 'ue1' })],
  [
    '{ do: reauthenticate, node: scscf1, ue: ue1, within: 5s }',
    steps.reauthenticate({ node: 'scscf1', ue: 'ue1', within: '5s' }),
  ],
  [
    '{ do: change-profile, node: hss1, ue: ue1, bar: "tel:+15550100001", unbar: ["sip:a@b", "sip:c@d"] }',
    steps.changeProfile({ node: 'hss1', ue: 'ue1', bar: 'tel:+15550100001', unbar: ['sip:a@b', 'sip:c@d'] }),
  ],
  [
    '{ do: change-profile, node: hss1, ue: ue1, services: [] }',
    steps.changeProfile({ node: 'hss1', ue: 'ue1', services: [] }),
  ],
  [
    '{ expect: node, node: hss1, counts: { subscriptions: 0, machines: { max: 3 } }, within: 5s, rule: REG-72 }',
    expectations.expectNode({
      node: 'hss1',
      counts: { subscriptions: 0, machines: { max: 3 } },
      within: '5s',
      rule: 'REG-72',
    }),
  ],
  ['{ do: inject, from: ue1, to: pcscf1, message: hi }', steps.inject({ from: 'ue1', to: 'pcscf1', message: 'hi' })],
  [
    '{ do: inject, from: scscf1, to: hss1, protocol: tcp, bytes: "01 00 00 14" }',
    steps.inject({ from: 'scscf1', to: 'hss1', protocol: 'tcp', message: Buffer.from('01000014', 'hex') }),
  ],
  [
    '{ do: fault, as: f1, drop: 200 REGISTER, from: pcscf1, to: ue*, nth: [1, 3] }',
    steps.fault(faults.drop('200 REGISTER', { as: 'f1', from: 'pcscf1', to: ['ue1', 'ue2'], nth: [1, 3] })),
  ],
  ['{ do: fault, delay: MAA, by: 6s }', steps.fault(faults.delay('MAA', { by: '6s' }))],
  ['{ do: fault, duplicate: REGISTER }', steps.fault(faults.duplicate('REGISTER'))],
  ['{ do: fault, reorder: 180 INVITE }', steps.fault(faults.reorder('180 INVITE', { hold: 2000 }))],
  [
    '{ do: fault, change: MAA, set: { Result-Code: 5012, Session-Id: null }, nth: every }',
    steps.fault(faults.change('MAA', { set: { 'Result-Code': 5012, 'Session-Id': null }, nth: 'every' })),
  ],
  [
    '{ do: fault, corrupt: 401 REGISTER, field: WWW-Authenticate.nonce.autn, bit: 3 }',
    steps.fault(faults.corrupt('401 REGISTER', { field: 'WWW-Authenticate.nonce.autn', bit: 3 })),
  ],
  [
    '{ do: fault, replace: BYE, message: "a\\nb" }',
    steps.fault(faults.replace('BYE', { content: Buffer.from('a\r\nb') })),
  ],
  [
    '{ do: fault, answer: INVITE, to: icscf1, status: 503, headers: { Retry-After: 5 } }',
    steps.fault(faults.answerWith('INVITE', { to: 'icscf1', status: 503, headers: { 'Retry-After': 5 } })),
  ],
  ['{ do: fault, answer: UAR, result: 5012 }', steps.fault(faults.answerWith('UAR', { result: 5012 }))],
  ['{ do: clear-fault, fault: f1 }', steps.clearFault('f1')],
  ['{ do: clear-fault }', steps.clearFault()],
  ['{ do: cut, between: [[ue1, ue2], pcscf1] }', steps.cut(['ue1', 'ue2'], 'pcscf1')],
  ['{ do: heal, between: [ue1] }', steps.heal('ue1')],
  [
    '{ do: link, between: [ue1, pcscf1], loss: 0.2, delay: 10, rate: 64 }',
    steps.link({ between: ['ue1', 'pcscf1'], loss: 0.2, delay: 10, rateBitsPerSecond: 64_000 }),
  ],
  ['{ do: step-clock, node: ue1, by: 1h }', steps.stepClock({ node: 'ue1', by: '1h' })],
  ['{ do: wait, for: 1s }', steps.wait('1s')],
  [
    '{ parallel: [{ do: wait, for: 1s }, { steps: [{ do: wait, for: 2s }, { do: wait, for: 3s }] }] }',
    steps.parallel([steps.wait(1000), [steps.wait('2s'), steps.wait('3s')]]),
  ],
  [
    '{ expect: message, message: 200 REGISTER, from: pcscf1, to: ue1, with: { Contact.expires: { min: 600 } }, count: { min: 1, max: 2 }, within: 3s, capture: { id: Call-ID }, rule: REG-24, since: start }',
    expectations.expectMessage('200 REGISTER', {
      from: 'pcscf1',
      to: 'ue1',
      with: { 'Contact.expires': { min: 600 } },
      count: { min: 1, max: 2 },
      within: '3s',
      capture: { id: 'Call-ID' },
      rule: 'REG-24',
      since: 'start',
    }),
  ],
  [
    `{ expect: no-message, message: BYE, with: { Call-ID: "\${id}" } }`,
    expectations.expectNoMessage('BYE', { with: { 'Call-ID': `\${id}` } }),
  ],
  [
    '{ expect: order, messages: [REGISTER, { message: UAR, from: icscf1 }] }',
    expectations.expectOrder(['REGISTER', { message: 'UAR', from: 'icscf1' }]),
  ],
  [
    '{ expect: state, node: ue1, machine: registration, is: registered, within: 60s }',
    expectations.expectState({ node: 'ue1', machine: 'registration', is: 'registered', within: '60s' }),
  ],
  [
    '{ expect: call, as: c1, is: failed, status: 486 }',
    expectations.expectCall({ as: 'c1', is: 'failed', status: 486 }),
  ],
  [
    '{ expect: registration, ue: ue1, is: failed, status: 403 }',
    expectations.expectRegistration({ ue: 'ue1', is: 'failed', status: 403 }),
  ],
  [
    '{ expect: media, as: c1, is: both-ways, packets: 20 }',
    expectations.expectMedia({ as: 'c1', is: 'both-ways', packets: 20 }),
  ],
  ['{ expect: cause, says: "/K or OPc/", node: ue1 }', expectations.expectCause('/K or OPc/', { node: 'ue1' })],
];

it('YAML and functions make the same steps, defaults included', () => {
  const read = one(withSteps(pairs.map(([yaml]) => `  - ${yaml}`).join('\n')));
  expect(placeless(read.steps)).toEqual(placeless(pairs.map(([, step]) => step)));
  const built = scenario({ name: 'n', steps: pairs.map(([, step]) => step) });
  expect({ ...read, steps: [] }).toEqual({ ...built, steps: [] });
  expect(built).toMatchObject({
    environments: ['simulated'], // a step changes a link
    seeds: [1],
    checks: ['ts24229', 'invariants'],
    verdict: { passed: true },
    timeoutMs: 600_000,
  });
});

it('a step knows where it stands, in a file or in a program', () => {
  const text = withSteps(
    '  - { repeat: 2, steps: [{ do: wait, for: 1s }] }\n  - parallel:\n      - { do: wait, for: 1s }',
  );
  const places = one(text).steps.flatMap((step) =>
    'do' in step && step.do === 'parallel' ? step.branches.flat().concat(step) : [step],
  );
  expect(places.map(({ place }) => `${place.where.replace(`${folder.path}/`, '')} ${place.key}`)).toEqual([
    's.yaml:3:26 steps[0].steps[0]',
    's.yaml:3:26 steps[0].steps[0]',
    's.yaml:5:9 steps[1].parallel[0]',
    's.yaml:4:5 steps[1]',
  ]);
  expect(steps.wait('1s').place).toEqual({
    where: expect.stringMatching(/^test\/scenario\/language\/load-scenarios\.test\.ts:\d+:\d+$/),
    key: '',
  });
  expect(expectations.expectNoMessage('BYE').place.where).toMatch(/load-scenarios\.test\.ts/);
});

it('loops go over UEs, globs and lists, one after the other or at once', () => {
  const { steps: read } = one(
    withSteps(
      [
        `  - { for: u, in: all, steps: [{ do: register, ue: "\${u}" }] }`,
        `  - { for: u, in: "ue?", at-once: true, steps: [{ do: message, from: "\${u}", to: ue1, text: "\${u.imsi}", status: 404 }] }`,
        `  - { for: n, in: [1, 2], steps: [{ do: wait, for: "\${n}s" }] }`,
        `  - { repeat: 2, steps: [{ do: wait, for: 5s }] }`,
      ].join('\n'),
    ).replace('to: ue1,', 'to: "sip:a@b.example",'),
  );
  expect(read).toMatchObject([
    { do: 'register', ue: ['ue1'] },
    { do: 'register', ue: ['ue2'] },
    {
      do: 'parallel',
      branches: [[{ from: 'ue1', text: '001010000000001' }], [{ from: 'ue2', text: '001010000000002' }]],
    },
    { do: 'wait', forMs: 1000 },
    { do: 'wait', forMs: 2000 },
    { do: 'wait', forMs: 5000 },
    { do: 'wait', forMs: 5000 },
  ]);
});

it('names stand for parameters and for what the lab knows', () => {
  const head = `params: { word: hi, both: "\${word} \${word}", times: 2 }\n`;
  const text = `\${both}, \${home}, \${ue1.identity}, \${ue1.imsi}, \${pcscf1.address}:\${pcscf1.port}`;
  const step = `  - { repeat: "\${times}", steps: [{ do: message, from: ue1, to: ue2, text: "${text}" }] }`;
  const { steps: read } = one(withSteps(step, head));
  expect(read).toHaveLength(2);
  const home = 'ims.mnc001.mcc001.3gppnetwork.org';
  expect(read[0]).toMatchObject({
    text: `hi hi, ${home}, sip:+15550100001@${home}, 001010000000001, 127.0.9.1:5060`,
  });
});

const matrix = withSteps(
  `  - { do: "\${how}", node: "\${node}" }`,
  `params: { hold: 2s }
topology: volte
matrix: { node: [icscf1, hss1], how: [stop, crash] }
set: { "nodes.\${node}.diameter.reconnect": "\${hold}" }
seeds: 1..3
`,
);

it('a matrix makes a scenario of each combination', () => {
  const scenarios = folder.load(matrix);
  expect(scenarios.map(({ name }) => name)).toEqual([
    'n [node=icscf1, how=stop]',
    'n [node=icscf1, how=crash]',
    'n [node=hss1, how=stop]',
    'n [node=hss1, how=crash]',
  ]);
  expect(scenarios.map(({ steps: [step] }) => step)).toMatchObject([
    { do: 'stop', node: 'icscf1' },
    { do: 'crash', node: 'icscf1' },
    { do: 'stop', node: 'hss1' },
    { do: 'crash', node: 'hss1' },
  ]);
});

it('heads are read before there is a lab, and the lab may follow from them', () => {
  const file = folder.write('m.yaml', matrix);
  const overrides = [parseOverride('params.hold=5s'), parseOverride('nodes.ue1.call.answer=busy')];
  const heads = readScenarioHeads(file, { overrides });
  expect(heads[3]).toEqual({
    name: 'n [node=hss1, how=crash]',
    description: undefined,
    topology: 'volte',
    overrides: [
      {
        path: ['nodes', 'hss1', 'diameter', 'reconnect'],
        value: '5s',
        text: 'nodes.hss1.diameter.reconnect=5s',
        where: expect.stringMatching(/m\.yaml:5:44$/),
        parts: [{ path: [], where: expect.stringMatching(/^--set params\.hold=5s \(\$\{hold\} at .*m\.yaml:5:44\)$/) }],
      },
    ],
    environments: undefined,
    seeds: [1, 2, 3],
    combination: { node: 'hss1', how: 'crash' },
    values: { node: 'hss1', how: 'crash', hold: '5s' },
  });
  const asked: string[] = [];
  const scenarios = loadScenarios(
    file,
    ({ name }) => {
      asked.push(name);
      return folder.lab;
    },
    { overrides },
  );
  expect(asked).toEqual(heads.map(({ name }) => name));
  expect(scenarios[3]!.overrides).toEqual(heads[3]!.overrides);
});

it('an option for a parameter that the file does not have', () => {
  expect(folder.refusal(matrix, { overrides: [parseOverride('params.hodl=5s')] })).toEqual([
    "--set params.hodl=5s: params.hodl: s.yaml has no such parameter; did you mean 'params.hold'?",
  ]);
  const wait = withSteps(`  - { do: wait, for: "\${hold}" }`, 'params: { hold: 2s }\n');
  expect(folder.refusal(wait, { overrides: [parseOverride('params.hold=5')] })).toEqual([
    's.yaml:4:22: steps[0].for: 5 is no duration; write a number and a unit: 500ms, 2s, 4min, 1h',
  ]);
});

const scenarios = join(__dirname, '../../../profiles/scenarios');
const shipped = readdirSync(scenarios, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));

it.each(shipped)('the shipped %s is read on its topology', (name) => {
  const labFor = ({ topology = 'volte', overrides }: ScenarioHead) => loadLab(findTopology(topology), overrides);
  expect(loadScenarios(join(scenarios, name), labFor).length).toBeGreaterThan(0);
});
