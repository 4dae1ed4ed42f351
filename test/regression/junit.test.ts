import { execFileSync } from 'node:child_process';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { type CaseResult, githubAnnotations, junitXml, type SuiteResult } from '../../src/regression/index.js';
import { caseResult, testCase } from './cases.js';

const nasty = 'a <b> & "c" \'d\' ]]> \u0000\u0007\uD800 é \u{1F4DE}\n\ttab';

const results: readonly CaseResult[] = [
  caseResult(),
  caseResult({
    case: testCase({ name: nasty }),
    end: 'failed',
    sentence: nasty,
    explanation: [nasty],
    where: 'a.yaml:3:5',
  }),
  caseResult({ case: testCase({ name: 'g' }), end: 'golden', sentence: 'differs', folder: 'out/g' }),
  caseResult({
    case: testCase({ name: 'b', file: 'b.x.yaml' }),
    end: 'broken',
    sentence: 'is broken',
    durationMs: 1_234_567,
  }),
  caseResult({ case: testCase({ name: 's', file: 'b.x.yaml' }), end: 'skipped', sentence: 'not here' }),
];

function suite(list: readonly CaseResult[], shortfalls: SuiteResult['shortfalls'] = []): SuiteResult {
  return {
    results: list,
    durationMs: 2_345.6,
    wasInterrupted: false,
    goldenUpdates: [],
    goldensLeftOut: 0,
    shortfalls,
  };
}

const startedAt = Date.parse('2026-11-22T12:00:00Z');

interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** What junit-10.xsd of Jenkins' xUnit plugin allows: children, attributes, and which of them must be there. */
const SCHEMA: Readonly<Record<string, readonly [children: string, attributes: string, required: string]>> = {
  testsuites: ['testsuite', 'name time tests failures errors', ''],
  testsuite: [
    'testsuite properties testcase system-out system-err',
    'name tests failures errors group time skipped timestamp hostname id package file log url',
    'name tests failures errors',
  ],
  testcase: ['skipped error failure system-out system-err', 'name time classname group', 'name'],
  failure: ['', 'type message', ''],
  error: ['', 'type message', ''],
  skipped: ['', 'type message', ''],
};

/** Restricts xs:string to this for the attribute time of suites. */
const SUREFIRE_TIME = /^(?:(?:[0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(?:\.[0-9]*)?$/;

function breaches({ name, attributes, children }: XmlElement): readonly string[] {
  const rules = SCHEMA[name];
  if (rules === undefined) return [`${name} is unknown`];
  const [allowedChildren, allowed, required] = rules.map((words) => words.split(' '));
  return [
    ...children.filter((child) => !allowedChildren!.includes(child.name)).map((child) => `${child.name} in ${name}`),
    ...Object.keys(attributes)
      .filter((key) => !allowed!.includes(key))
      .map((key) => `${key} of ${name}`),
    ...required!.filter((key) => key !== '' && attributes[key] === undefined).map((key) => `${name} without ${key}`),
    ...(name.startsWith('testsuite') && !SUREFIRE_TIME.test(attributes.time ?? '') ? [`time ${attributes.time}`] : []),
    ...children.flatMap(breaches),
  ];
}

/** Read by an XML parser that has nothing to do with the writer. */
function readWithPython(xml: string): XmlElement | undefined {
  const program = `
import json, sys, xml.etree.ElementTree as tree
def plain(e): return {"name": e.tag, "attributes": e.attrib, "children": [plain(c) for c in e], "text": e.text or ""}
print(json.dumps(plain(tree.fromstring(sys.stdin.buffer.read()))))`;
  try {
    return JSON.parse(execFileSync('python3', ['-c', program], { input: xml, encoding: 'utf8' })) as XmlElement;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

describe('junitXml', () => {
  it('is well-formed', () => {
    expect(XMLValidator.validate(junitXml(suite(results), startedAt))).toBe(true);
    expect(XMLValidator.validate(junitXml(suite([]), startedAt))).toBe(true);
  });

  it('keeps to the schema of Jenkins, says another reader', () => {
    for (const list of [results, []]) {
      const document = readWithPython(junitXml(suite(list), startedAt));
      if (document === undefined) {
        process.stderr.write('python3 is not there: JUnit XML is not read by another parser\n');
        return;
      }
      expect(breaches(document)).toEqual([]);
    }
    const document = readWithPython(junitXml(suite(results), startedAt))!;
    const [first, second] = document.children;
    expect(document.attributes).toMatchObject({ tests: '5', failures: '2', errors: '1' });
    expect(first?.attributes).toMatchObject({
      name: 'scenarios/calls.yaml',
      tests: '3',
      timestamp: '2026-11-22T12:00:00',
    });
    expect(second?.attributes).toMatchObject({ tests: '2', errors: '1', skipped: '1', time: '1,234.579' });
    const shown = nasty.replace('\u0000\u0007\uD800', '\uFFFD\uFFFD\uFFFD');
    const [failure] = first!.children[1]!.children;
    expect(failure?.attributes.message).toBe(shown.replace('\n\t', ' '));
    expect(failure?.text).toBe(`${shown}\n${shown}\nat a.yaml:3:5`);
    expect(second!.children[0]!.attributes.classname).toBe('b_x');
  });

  it('has each case once, with how it ended', () => {
    const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@' });
    const document = parser.parse(junitXml(suite(results), startedAt)) as {
      testsuites: { testsuite: { testcase: Record<string, unknown>[] }[] };
    };
    const cases = document.testsuites.testsuite.flatMap(({ testcase }) => testcase);
    const ends = cases.map((each) => ['failure', 'error', 'skipped'].find((key) => key in each) ?? 'passed');
    expect(ends).toEqual(['passed', 'failure', 'failure', 'error', 'skipped']);
    expect(cases.at(-1)).toMatchObject({ skipped: { '@message': 'not here' } });
  });

  it('has what failed beside cases as a suite of its own', () => {
    const shortfalls = [{ what: 'coverage', sentence: '3 % < 4 %' }] as const;
    const document = readWithPython(junitXml(suite([caseResult()], shortfalls), startedAt));
    if (document === undefined) return;
    expect(breaches(document)).toEqual([]);
    expect(document.attributes).toMatchObject({ tests: '2', failures: '1', errors: '0' });
    expect(document.children[1]?.attributes).toMatchObject({ name: 'imslab test', tests: '1', failures: '1' });
    expect(document.children[1]?.children[0]?.children[0]).toMatchObject({ name: 'failure', text: '3 % < 4 %' });
  });
});

describe('githubAnnotations', () => {
  it('names file, line and title, and escapes what would end them', () => {
    const results = [
      caseResult(),
      caseResult({
        case: testCase({ name: '100% [a=1, b:2]' }),
        end: 'failed',
        sentence: 'step 2: 50% of it\r\nfailed',
        explanation: ['expected: a, b'],
        where: 'scenarios/calls.yaml:12:5',
      }),
      caseResult({ end: 'broken', sentence: 'no', where: '--set nodes.ue1=…' }),
      caseResult({ end: 'skipped' }),
    ];
    const shortfalls = [{ what: 'interrupted', sentence: '50% of it' }] as const;
    const lines = githubAnnotations({ results, shortfalls });
    expect(lines).toEqual([
      '::error file=scenarios/calls.yaml,line=12,col=5,title=100%25 [a=1%2C b%3A2]::step 2: 50%25 of it%0D%0Afailed%0Aexpected: a, b',
      '::error file=scenarios/calls.yaml,title=calls (volte%2C simulated%2C seed 1)::no',
      '::error title=imslab test::50%25 of it',
    ]);
  });
});
