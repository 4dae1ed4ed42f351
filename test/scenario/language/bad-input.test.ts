import { ScenarioFolder, withSteps } from './files.js';
import { mistakes } from './mistakes.js';

const folder = new ScenarioFolder();
afterAll(() => folder.remove());

const params = 'params: { hold: 2s }\n';

describe('one mistake in a step', () => {
  it.each(mistakes)('%s', (_what, step, said) => {
    expect(folder.refusal(withSteps(`  - ${step}`, params))).toEqual(said);
  });
});

describe('steps that cannot follow those before them', () => {
  it.each([
    [
      'a stop of what is stopped',
      ['{ do: stop, node: ue1 }', '{ do: stop, node: ue1 }'],
      's.yaml:4:23: steps[1].node: ue1 has been stopped already; start it in between, or remove this step',
    ],
    [
      'a crash of what is stopped',
      ['{ do: stop, node: hss1 }', '{ do: crash, node: hss1 }'],
      's.yaml:4:24: steps[1].node: hss1 has been stopped already; start it in between, or remove this step',
    ],
    [
      'a registration of a UE that is switched off',
      ['{ do: power-off, ue: ue1 }', '{ do: register, ue: [ue2, ue1] }'],
      's.yaml:4:31: steps[1].ue[1]: ue1 is switched off here; start it in between, or remove this step',
    ],
    [
      'switching on what is on',
      ['{ do: wait, for: 1s }', '{ do: power-on, ue: ue1 }'],
      's.yaml:4:25: steps[1].ue: ue1 is switched on already; power it off in a step before, or remove this step',
    ],
    [
      'an answer to a call that has ended',
      ['{ do: call, from: ue1, to: ue2, as: c1 }', '{ expect: call, as: c1, is: released }', '{ do: answer, as: c1 }'],
      "s.yaml:5:23: steps[2].as: the call 'c1' has ended before this step; put this step before the end of c1, or make another call",
    ],
    [
      'a call misspelt',
      ['{ do: call, from: ue1, to: ue2, as: c1 }', '{ do: hold, as: c2 }'],
      "s.yaml:4:21: steps[1].as: there is no call 'c2' before this step; did you mean 'c1'?",
    ],
    [
      'a UE that has no part in a call',
      ['{ do: call, from: ue1, to: ue2, as: c1 }', '{ do: hang-up, as: c1, ue: ue3 }'],
      "s.yaml:4:32: steps[1].ue: 'ue3' has no part in the call 'c1'; name ue1 or ue2",
    ],
    [
      'the same fault twice',
      ['{ do: fault, as: f1, drop: REGISTER }', '{ do: fault, as: f1, drop: INVITE }'],
      "s.yaml:4:22: steps[1].as: the fault 'f1' is in force already; clear it before, or give this one another name with as:",
    ],
    [
      'clearing a fault twice',
      ['{ do: fault, as: f1, drop: REGISTER }', '{ do: clear-fault, fault: f1 }', '{ do: clear-fault, fault: f1 }'],
      "s.yaml:5:31: steps[2].fault: the fault 'f1' is cleared; remove this step",
    ],
    [
      'a value that is captured too late',
      [
        `{ do: message, from: ue1, to: ue2, text: "\${id}" }`,
        '{ expect: message, message: MESSAGE, capture: { id: Call-ID } }',
      ],
      `s.yaml:3:46: steps[0].text: 'id' is no parameter, and no step before this one captures it; remove it`,
    ],
    [
      'two branches that make a call of one name',
      [
        '{ parallel: [{ do: call, from: ue1, to: ue2, as: c1 }, { do: call, from: ue2, to: ue1, as: c1 }] }',
        '{ expect: call, as: c1, is: released }',
      ],
      "s.yaml:3:96: steps[0].parallel[1].as: another branch makes a call 'c1' at the same time; give each a name of its own",
    ],
    [
      'a step that the end comes before',
      ['{ do: wait, for: 1h }', '{ do: wait, for: 1s }', '{ do: wait, for: 1s }'],
      's.yaml:4:5: steps[1]: cannot be reached: the steps before it take 3600 s, and the scenario ends after 600 s; wait for a shorter time, or give the scenario a longer timeout',
    ],
  ])('%s', (_what, steps, said) => {
    expect(folder.refusal(withSteps(steps.map((step) => `  - ${step}`).join('\n')))).toEqual([said]);
  });

  it.each([
    [
      'a node that another branch stops',
      '{ parallel: [{ do: stop, node: hss1 }, { steps: [{ do: wait, for: 1s }, { do: start, node: hss1 }] }] }',
    ],
    [
      'a call that another branch makes',
      '{ parallel: [{ do: call, from: ue1, to: ue2, as: c1, hold-for: until-released }, { steps: [{ do: wait, for: 1s }, { do: hang-up, as: c1 }] }] }',
    ],
    [
      'a link that another branch cuts',
      '{ parallel: [{ do: cut, between: [ue1] }, { steps: [{ do: wait, for: 1s }, { do: heal, between: [ue1] }] }] }',
    ],
    [
      'a message that is injected where none goes',
      '{ parallel: [{ do: inject, from: ue1, to: scscf1, message: x }, { expect: message, from: scscf1, to: ue1 }] }',
    ],
  ])('is not said of %s', (_what, step) => {
    expect(folder.load(withSteps(`  - ${step}`))).toHaveLength(1);
  });
});

describe('mistakes in the head', () => {
  const step = '  - { do: wait, for: 1s }';

  it.each([
    ['an unknown key', 'fault: []\n', ["s.yaml:2:1: fault: unknown key; did you mean 'faults'?"]],
    [
      'an unknown check',
      'checks: [ts2429]\n',
      ["s.yaml:2:10: checks[0]: 'ts2429' is not known here; did you mean 'ts24229'?"],
    ],
    [
      'an unknown environment',
      'environments: [reel]\n',
      ["s.yaml:2:16: environments[0]: 'reel' is not known here; did you mean 'real'?"],
    ],
    ['seeds backwards', 'seeds: 5..1\n', ["s.yaml:2:8: seeds: '5..1' is an empty range; write 1..5"]],
    [
      'too many seeds',
      'seeds: 1..1000000\n',
      ["s.yaml:2:8: seeds: '1..1000000' are too many seeds; use 100000 or less"],
    ],
    [
      'a parameter that is a block',
      'params: { a: { b: 1 } }\n',
      ['s.yaml:2:14: params.a: is no plain value; write text, a number or a list of them'],
    ],
    [
      'a matrix without values',
      'matrix: { node: [] }\n',
      ['s.yaml:2:17: matrix.node: a list of 0 is too small; use 1 or more'],
    ],
    [
      'a name given twice',
      'params: { a: 1 }\nmatrix: { a: [1] }\n',
      ["s.yaml:3:11: matrix.a: 'a' is a parameter as well; give one of them another name"],
    ],
    [
      'a matrix without bounds',
      `matrix: { ${['a', 'b', 'c', 'd'].map((name) => `${name}: [1, 2, 3, 4, 5, 6]`).join(', ')} }\n`,
      ['s.yaml:2:9: matrix: has more than 1000 combinations; use several scenarios'],
    ],
    [
      'a path that is none',
      'set: { nodes..ue1: 1 }\n',
      ["s.yaml:2:8: set.nodes..ue1: 'nodes..ue1' is no path; write it like nodes.ue1.call.answer"],
    ],
    [
      'what only the lab knows',
      `topology: "\${home}"\n`,
      ['s.yaml:2:11: topology: is not known before the lab is there; write the value'],
    ],
    [
      'an unknown parameter',
      `params: { hold: 2s }\ntopology: "\${hodl}"\n`,
      [`s.yaml:3:11: topology: 'hodl' is no parameter; did you mean '\${hold}'?`],
    ],
    [
      'a fault of an unknown method',
      'faults:\n  - { drop: REGSTER }\n',
      [
        "s.yaml:3:13: faults[0].drop: there is no method or command REGSTER; did you mean 'REGISTER'? Another method: SIP REGSTER",
      ],
    ],
    [
      'two faults of one name',
      'faults:\n  - { drop: REGISTER }\n  - { drop: REGISTER }\n',
      ["s.yaml:4:5: faults[1].as: there are two faults 'drop REGISTER'; name one of them with as:"],
    ],
    [
      'a captured value in a fault',
      `faults:\n  - { drop: REGISTER, with: { Call-ID: "\${id}" } }\n`,
      [`s.yaml:3:40: faults[0].with.Call-ID: 'id' is no parameter; use \${home}`],
    ],
    [
      'a sentence that is no expression',
      'verdict: { passed: false, sentence: "/(/" }\n',
      [
        's.yaml:2:37: verdict.sentence: /(/ is no regular expression of RE2 (missing closing ): `(`); mend it; for looking around and back references put matchers together with not: and one-of:',
      ],
    ],
    [
      'loss on real sockets',
      'environments: [real]\nsteps:\n  - { do: link, between: [ue1, pcscf1], loss: 0.1 }\n#',
      [
        's.yaml:4:11: steps[0].do: real sockets have no loss or delay that could be set; write environments: [simulated], or leave that key out',
      ],
    ],
  ])('%s', (_what, head, said) => {
    const text = head.includes('steps:') ? `name: n\n${head}` : withSteps(step, head);
    expect(folder.refusal(text)).toEqual(said);
  });

  it('a file without anything, without steps, or of another kind', () => {
    expect(folder.refusal('')).toEqual(['s.yaml:1:1: the file is empty; begin with a copy of one that is shipped']);
    expect(folder.refusal('name: n\n')).toEqual(['s.yaml:1:1: steps: is missing; add steps: with one line a step']);
    expect(folder.refusal('[1]')).toEqual(['s.yaml:1:1: [1] is not a block of keys; write a block of keys']);
    expect(folder.refusal('name: n\nsteps: &a [*a]\n')).toEqual([
      's.yaml:1:1: nests more than 64 blocks; write it flatter',
    ]);
  });
});

it('every mistake of a file is told at once, and none that only follows from another', () => {
  const steps = [
    '  - { do: call, from: ue1, to: ue2, as: c1, hold-fro: 2s }',
    '  - { do: answer, as: c1 }',
    '  - { do: regster, ue: ue1 }',
    '  - { expect: message, message: 200 REGISTER, from: pcscf9 }',
    '  - { do: stop, node: hss9 }',
  ].join('\n');
  expect(folder.refusal(withSteps(steps, 'check: []\nfaults: [{ drop: UAR, nth: 0 }]\n'))).toEqual([
    "s.yaml:2:1: check: unknown key; did you mean 'checks'?",
    's.yaml:3:28: faults[0].nth: 0 is not the number of a message; write 1 for the first, [1, 3] for some of them, or every',
    "s.yaml:5:45: steps[0].hold-fro: unknown key; did you mean 'hold-for'?",
    "s.yaml:7:11: steps[2].do: 'regster' is not known here; did you mean 'register'?",
    "s.yaml:8:53: steps[3].from: t.yaml has no node 'pcscf9'; did you mean 'pcscf1'?",
    "s.yaml:9:23: steps[4].node: t.yaml has no node 'hss9'; did you mean 'hss1'?",
  ]);
});
