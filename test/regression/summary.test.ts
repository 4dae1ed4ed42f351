import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import {
  lastResultFile,
  RESULT_FILE,
  readResultFile,
  type Style,
  type SuiteArguments,
  type SuiteResult,
  suiteDocument,
  summaryLines,
} from '../../src/regression/index.js';
import { InputError } from '../../src/topology/problem.js';
import { TestFolder } from '../topology/files.js';
import { caseResult, testCase } from './cases.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

const same = (text: string) => text;
const plain: Style = { bold: same, red: same, green: same, dim: same };

const chosen: SuiteArguments = { paths: ['a'], topologies: [], set: ['x=1'], environments: [], seed: 3 };

const result: SuiteResult = {
  results: [
    ...[40, 10, 70, 30, 60, 20].map((durationMs) =>
      caseResult({ case: testCase({ name: `takes ${durationMs}` }), durationMs }),
    ),
    caseResult({
      case: testCase({ name: 'bad' }),
      end: 'failed',
      sentence: 'step 2: no 200 came',
      explanation: ['- 600', '+ 60'],
      where: 'a.yaml:3:5',
      folder: 'out/bad',
      durationMs: 5,
    }),
    caseResult({ case: testCase({ name: 'later' }), end: 'skipped', sentence: 'not here', durationMs: 0 }),
  ],
  durationMs: 4_321,
  wasInterrupted: false,
  goldenUpdates: [],
  goldensLeftOut: 0,
  shortfalls: [],
};

describe('summaryLines', () => {
  it('has failures with why and where, the five slowest, and the totals last', () => {
    expect(summaryLines(result, plain)).toEqual([
      'FAILED  bad',
      '        step 2: no 200 came',
      '          - 600',
      '          + 60',
      '        at a.yaml:3:5',
      '        out/bad: report.html, capture.pcapng, trace.jsonl, ladder.md',
      '        alone: npx imslab test scenarios/calls.yaml',
      '',
      'The slowest',
      '           70 ms  takes 70  (3.3 s in the scenario)',
      '           60 ms  takes 60  (3.3 s in the scenario)',
      '           40 ms  takes 40  (3.3 s in the scenario)',
      '           30 ms  takes 30  (3.3 s in the scenario)',
      '           20 ms  takes 20  (3.3 s in the scenario)',
      '',
      'Skipped, not here',
      '        later',
      '',
      '8 cases of 1 scenario in 4.3 s',
      '6 passed, 1 failed, 1 skipped',
    ]);
  });
});

it('a reason for skipping is told once, with some of the cases, and so is that golden traces are left alone', () => {
  const skipped = Array.from({ length: 8 }, (_, at) =>
    caseResult({ case: testCase({ name: `s${at}` }), end: 'skipped', sentence: 'not here', durationMs: 0 }),
  );
  expect(summaryLines({ ...result, results: skipped, goldensLeftOut: 2 }, plain)).toEqual([
    'Skipped, not here',
    ...['s0', 's1', 's2', 's3', 's4', 'and 3 more'].map((name) => `        ${name}`),
    '',
    'golden traces of 2 cases left alone: they are of the simulated network, with topology and settings as the files have them',
    '8 cases of 1 scenario in 4.3 s',
    '0 passed, 0 failed, 8 skipped',
  ]);
});

describe('what fails the suite beside its cases', () => {
  const passed = { ...result, results: [caseResult()] };
  const shortfalls = [{ what: 'coverage', sentence: '3 % of it' }] as const;

  it('is said before the last line, and counted in it', () => {
    expect(summaryLines({ ...passed, shortfalls }, plain)).toEqual([
      'FAILED  3 % of it',
      '1 case of 1 scenario in 4.3 s',
      '1 passed, 1 failed',
    ]);
  });

  it('is in the document', () => {
    const document = suiteDocument({ ...passed, shortfalls }, chosen, undefined);
    expect(document).toMatchObject({ passed: 1, failed: 1, skipped: 0, shortfalls });
  });
});

describe('the result file', () => {
  const document = suiteDocument(result, chosen, undefined);

  it('has totals, how cases were chosen, and each case', () => {
    expect(document).toMatchObject({ passed: 6, failed: 1, skipped: 1, interrupted: false, arguments: chosen });
    expect(document.cases.map(({ status }) => status)).toEqual([...Array(6).fill('passed'), 'failed', 'skipped']);
    const file = folder.write(join('one', RESULT_FILE), JSON.stringify(document));
    expect(readResultFile(file)).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it('is found where it was left, or as the newest', () => {
    expect(lastResultFile(join(folder.path, 'one'), true)).toBe(join(folder.path, 'one', RESULT_FILE));
    const newer = folder.write(join('two', RESULT_FILE), JSON.stringify(document));
    folder.write(join('three', 'result.json'), '{}');
    utimesSync(newer, new Date(), new Date(Date.now() + 10_000));
    expect(lastResultFile(folder.path, false)).toBe(newer);
    expect(lastResultFile(join(folder.path, 'three'), true)).toBeUndefined();
    expect(lastResultFile(join(folder.path, 'nowhere'), false)).toBeUndefined();
  });

  const whole = JSON.stringify(document);
  it.each([
    '',
    '{',
    '[]',
    'null',
    '{"cases":1}',
    '{"cases":[],"arguments":null}',
    '{"cases":[],"arguments":{}}',
    whole.replace('"set":["x=1"]', '"set":[1]'),
    whole.replace('"seed":3', '"seed":"3"'),
    whole.replace('"name":"bad"', '"name":7'),
    whole.replace('"status":"failed"', '"status":"bad"'),
    whole.replace('"cases":[', '"cases":[null,'),
  ])('%p is refused', (text) => {
    expect(text).not.toBe(whole);
    const file = folder.write('broken.json', text);
    expect(() => readResultFile(file)).toThrow(InputError);
  });
});
