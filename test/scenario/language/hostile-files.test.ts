import fc from 'fast-check';
import { stringify } from 'yaml';
import { faultSchemas } from '../../../src/scenario/language/fault-schema.js';
import { readScenarioHeads } from '../../../src/scenario/language/load-scenarios.js';
import { scenarioSchema } from '../../../src/scenario/language/scenario-schema.js';
import { actionSchemas, blockSchemas, expectationSchemas } from '../../../src/scenario/language/step-schema.js';
import { InputError } from '../../../src/topology/problem.js';
import { ScenarioFolder, withSteps } from './files.js';

const folder = new ScenarioFolder();
afterAll(() => folder.remove());

/** A scenario or an InputError whose every line says where, what and how to mend it. */
function readsOrRefuses(text: string): void {
  for (const work of [() => folder.load(text), () => readScenarioHeads(folder.write('s.yaml', text))]) {
    try {
      expect(work().length).toBeGreaterThan(0);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      expect(error.problems.length).toBeGreaterThan(0);
      for (const { where, what, mend } of error.problems) {
        expect([where, what, mend].every((part) => part.length > 0)).toBe(true);
      }
    }
  }
}

const words = [
  ...[
    'ue1',
    'ue2',
    'ue*',
    'all',
    'hss1',
    'pcscf1',
    'scscf1',
    'c1',
    'f1',
    'REGISTER',
    '200 REGISTER',
    'UAR',
    'RTP',
    '18x',
  ],
  ...[
    '2s',
    '5min',
    'every',
    'until-released',
    'busy',
    'ring',
    'released',
    'registered',
    'registration',
    'both-ways',
    'udp',
  ],
  ...[
    'call.answer',
    'Call-ID',
    'Contact.expires',
    '/(/',
    'sip:a@b.example',
    'start',
    'simulated',
    'REG-24',
    '1..3',
    '',
  ],
  ...[`\${a}`, `\${u}`, `\${ue1.imsi}`, `\${ue9.imsi}`, `\${home}`, `\${`, `\${ }`, `x \${a} y`],
];
const scalar = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...words) },
  fc.constantFrom<unknown>(0, 1, -1, 2, 600, 1.5, 5012, 1e300, true, false, null),
  fc.string({ maxLength: 12 }),
);
const shapes = [...Object.values({ ...actionSchemas, ...expectationSchemas, ...faultSchemas, ...blockSchemas })];
const keys = [...new Set(shapes.flatMap(({ shape }) => Object.keys(shape)))];
const anyKey = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...keys) },
  fc.constantFrom('__proto__', 'constructor', '1', 'min', 'max'),
);

const tree = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, weight: 4, arbitrary: scalar },
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(anyKey, tie('value'), { maxKeys: 4 }),
  ),
})).value;

/** A step with the keys of its word, and now and then one too many. */
const step: fc.Arbitrary<unknown> = fc.oneof(
  ...Object.entries({ ...actionSchemas, ...expectationSchemas }).map(([word, { shape }]) => {
    const kind = 'do' in shape ? 'do' : 'expect';
    const rest = Object.keys(shape).filter((key) => key !== kind);
    return fc
      .tuple(fc.subarray(rest), fc.array(tree, { minLength: rest.length, maxLength: rest.length }))
      .map(([picked, values]) => ({
        [kind]: word,
        ...Object.fromEntries(picked.map((key, index) => [key, values[index]])),
      }));
  }),
);

const block = fc.letrec<{ step: unknown }>((tie) => ({
  step: fc.oneof(
    { maxDepth: 3, weight: 6, arbitrary: step },
    fc.record({
      parallel: fc.array(fc.oneof(tie('step'), fc.record({ steps: fc.array(tie('step'), { maxLength: 3 }) }))),
    }),
    fc.record({
      for: fc.constantFrom('u', 'a'),
      in: tree,
      steps: fc.array(tie('step'), { maxLength: 3 }),
      'at-once': fc.boolean(),
    }),
    fc.record({ repeat: fc.constantFrom(1, 3, `\${a}`), steps: fc.array(tie('step'), { maxLength: 3 }) }),
    tree,
  ),
})).step;

it('any tree of YAML is refused with places, or read', () => {
  fc.assert(
    fc.property(fc.oneof(tree, fc.dictionary(fc.constantFrom(...Object.keys(scenarioSchema.shape)), tree)), (value) => {
      readsOrRefuses(stringify(value, { aliasDuplicateObjects: false }));
    }),
    { numRuns: 150 },
  );
});

it('any steps are refused with places, or read', () => {
  fc.assert(
    fc.property(fc.array(block, { minLength: 1, maxLength: 5 }), fc.option(tree), (steps, faults) => {
      const file = { name: 'n', params: { a: '2s' }, steps, ...(faults === null ? {} : { faults }) };
      readsOrRefuses(stringify(file, { aliasDuplicateObjects: false }));
    }),
    { numRuns: 250 },
  );
});

it('any text is refused with places, or read', () => {
  fc.assert(fc.property(fc.string({ maxLength: 60, unit: 'binary' }), readsOrRefuses), { numRuns: 100 });
});

it.each([
  ['a block that holds itself', 'name: n\nsteps: &a\n  - { parallel: *a }\n'],
  [
    'aliases that multiply',
    `a: &a [1, 2]\n${'bcdefghij'
      .split('')
      .map((name, at) => `${name}: &${name} [${`*${'abcdefghij'[at]}, `.repeat(9)}1]`)
      .join('\n')}\n`,
  ],
  [
    'a parameter that grows',
    `name: n\nparams:\n  a0: xxxxxxxxxx\n${Array.from({ length: 40 }, (_, at) => `  a${at + 1}: "\${a${at}}\${a${at}}"`).join('\n')}\nsteps: [{ do: wait, for: "\${a40}" }]\n`,
  ],
  [
    'loops in loops',
    `name: n\nsteps:\n  - ${'{ repeat: 100000, steps: [ '.repeat(20)}{ do: wait }${' ] }'.repeat(20)}\n`,
  ],
  ['brackets without end', `name: n\nsteps: ${'['.repeat(5_000)}`],
])('%s comes to an end', (_what, text) => {
  expect(() => folder.load(text)).toThrow(InputError);
});

it('a file of several documents is refused with one sentence', () => {
  const one = withSteps('  - { do: register, ue: ue1 }');
  expect(folder.refusal(`${one}---\n${one}`)).toEqual([
    's.yaml:4:1: a second YAML document begins here; put each into a file of its own, and remove the line ---',
  ]);
});
