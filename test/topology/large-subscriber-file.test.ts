/** Files of subscribers that are read part by part say what they say when they are read as a whole. */
import { listedSubscribers, readHead } from '../../src/topology/large-subscriber-file.js';
import { formatProblem, InputError } from '../../src/topology/problem.js';
import { Source } from '../../src/topology/source.js';
import {
  type OpenSubscriberFile,
  openSubscriberYaml,
  readSubscribers,
  toSubscribers,
} from '../../src/topology/subscriber-file.js';
import { TestFolder } from './files.js';

const home = 'ims.example.org';
const folder = new TestFolder();
afterAll(() => folder.remove());

const keys = 'k: 465b5ce8b199b49faa5f0a2ee238a6bc, opc: cd63cb71954a9f4e48a5994e37a02baf';
const above = `# people\ndefaults: { ${keys}, services: [voice] }\n`;
const below = 'services:\n  voice: { as: "sip:as.example.org", priority: 1 }\n';

/** Of `indent` and more spaces; each has several lines, a comment and an empty one. */
function list(indent: string, count: number, more: (index: number) => string = () => ''): string {
  const item = (index: number): string => {
    const imsi = String(1_010_000_000_001 + index).padStart(15, '0');
    const lines = ['', `- imsi: "${imsi}"`, '  # card', `  identities:`, `    - sip:u${index}@${home}`];
    return [...lines, `    - tel:+1555${1000 + index}${more(index)}`].map((line) => `${indent}${line}\n`).join('');
  };
  return `subscribers: # all\n${Array.from({ length: count }, (_, index) => item(index)).join('')}`;
}

const whole = (file: string): OpenSubscriberFile => openSubscriberYaml(Source.read(file), file, home);
const inParts = (file: string): OpenSubscriberFile =>
  openSubscriberYaml(readHead(file), file, home, [], () => listedSubscribers(file));

function outcome(open: (file: string) => OpenSubscriberFile, file: string): unknown {
  try {
    return toSubscribers(open(file));
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(formatProblem);
    throw error;
  }
}

it.each<readonly [what: string, text: string]>([
  ['the list last', `${above}${below}${list('  ', 200)}`],
  ['the list in the middle', `${above}${list('    ', 200)}${below}`],
  ['the list first, and not indented', `${list('', 200)}${below}${above}`],
  [
    'CRLF, a byte order mark and a document marker',
    `\uFEFF---\r\n${(above + list('  ', 200) + below).replaceAll('\n', '\r\n')}`,
  ],
  ['the list alone', list('  ', 3, () => `\n    ${keys.replaceAll(', ', '\n    ')}`).replaceAll('    k:', '  k:')],
  [
    'one that begins in the line of its -',
    `${above}${below}subscribers:\n  -\n    imsi: "001010000000001"\n    msisdn: "+15551000"\n`,
  ],
  [
    'mistakes in several parts',
    `${above}${list('  ', 200).replaceAll('u69@', 'u 69@').replaceAll('u199@', 'u 199@')}${below}`,
  ],
  ['a service that is none, below all', `${above}${list('  ', 200)}services:\n  voice: { as: "sip:as.example.org" }\n`],
  ['no list', `${above}${below}subscribers:\n  imsi: "001010000000001"\n`],
])('%s', (_, text) => {
  const file = folder.write('people.yaml', text);
  const expected = outcome(whole, file);
  const found = outcome(inParts, file);
  if (text.includes('subscribers:\n  imsi'))
    expect(found).toEqual([expect.stringMatching(/:6:3: subscribers: is no list; /)]);
  else expect(found).toEqual(expected);
});

it('YAML that breaks off is blamed on its line', () => {
  const file = folder.write('broken.yaml', `${above}${list('  ', 300)}  - { imsi: "001019999999999"\n${below}`);
  const [first] = outcome(whole, file) as readonly string[];
  expect((outcome(inParts, file) as readonly string[])[0]).toContain(first!.slice(0, first!.indexOf(': ')));
});

it('a list that stands twice is named', () => {
  const file = folder.write('twice.yaml', `${above}${list('  ', 3)}${below}${list('  ', 3)}`);
  expect(outcome(inParts, file)).toEqual([
    expect.stringContaining('twice.yaml:24:1: subscribers: stands twice; keep one'),
  ]);
});

it('a file of more than 8 MB is read so', () => {
  const padding = `\n${'  # padding padding padding padding padding padding padding padding\n'.repeat(700)}`;
  const file = folder.write('large.yaml', `${above}${list('  ', 200, () => padding)}${below}`);
  const { subscribers } = readSubscribers(file, home);
  expect(subscribers).toHaveLength(200);
  expect(subscribers[199]!.implicitSets[0]!.serviceProfiles[0]!.filterCriteria).toHaveLength(1);
  const flow = folder.write('flow.yaml', `${above}${below}subscribers: [\n${padding.repeat(200)}]\n`);
  expect(() => readSubscribers(flow, home)).toThrow('has more than 8 MB in one piece; below subscribers: begin each');
});
