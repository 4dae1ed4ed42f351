import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { schemaDocuments } from '../../src/cli/schema-documents.js';
import { loadLab } from '../../src/topology/load.js';
import { ScenarioFolder, withSteps } from '../scenario/language/files.js';
import { topologyText } from '../topology/files.js';

const root = resolve(__dirname, '../..');
const documents = schemaDocuments();

describe('docs/schemas', () => {
  it('is what `npm run docs:schemas` writes now', () => {
    const folder = join(root, 'docs/schemas');
    const written = existsSync(folder) ? readdirSync(folder) : [];
    expect(written.sort()).toEqual([...documents.keys()].sort());
    const stale = [...documents].filter(([name, text]) => readFileSync(join(folder, name), 'utf8') !== text);
    expect(stale.map(([name]) => name)).toEqual([]);
  });

  it('says of every key what it is', () => {
    const bare: string[] = [];
    for (const [name, text] of documents) {
      visit(JSON.parse(text), (schema, path) => {
        if (!/\/properties\/[^/]+$/.test(path) || /\/(if|not)\//.test(path)) return;
        const { $ref, const: word, description } = schema;
        if ($ref === undefined && word === undefined && description === undefined) bare.push(name + path);
      });
    }
    expect(bare).toEqual([]);
  });

  it('keeps to words that mean the same in all drafts from 7 to 2020-12', () => {
    const words = new Set<string>();
    for (const text of documents.values())
      visit(JSON.parse(text), (schema) => {
        for (const key of Object.keys(schema)) words.add(key);
      });
    const known = [
      ...['$schema', '$ref', '$defs', 'title', 'description', 'examples', 'type', 'const', 'enum', 'pattern'],
      ...['minLength', 'maxLength', 'minimum', 'maximum', 'exclusiveMinimum', 'items', 'minItems', 'maxItems'],
      ...['properties', 'required', 'additionalProperties', 'propertyNames', 'minProperties', 'maxProperties'],
      ...['allOf', 'anyOf', 'not', 'if', 'then', 'else'],
    ];
    expect([...words].filter((word) => !known.includes(word))).toEqual([]);
  });
});

/** Every schema within a schema, with its JSON pointer. */
function visit(value: unknown, see: (schema: Record<string, unknown>, path: string) => void, path = ''): void {
  if (typeof value !== 'object' || value === null) return;
  const schema = value as Record<string, unknown>;
  see(schema, path);
  for (const key of ['properties', '$defs']) {
    for (const [name, inner] of Object.entries((schema[key] ?? {}) as object))
      visit(inner, see, `${path}/${key}/${name}`);
  }
  for (const key of ['items', 'additionalProperties', 'propertyNames', 'not', 'if', 'then', 'else']) {
    visit(schema[key], see, `${path}/${key}`);
  }
  for (const key of ['allOf', 'anyOf']) {
    for (const [index, inner] of ((schema[key] ?? []) as unknown[]).entries())
      visit(inner, see, `${path}/${key}/${index}`);
  }
}

/** An independent validator. It knows draft 7, which the documents keep to but for the name of their draft. */
function validator(name: string): ValidateFunction {
  const { $schema, ...schema } = JSON.parse(documents.get(name)!) as Record<string, unknown>;
  expect($schema).toBe('https://json-schema.org/draft/2020-12/schema');
  return new Ajv({ allErrors: true }).compile(schema);
}

const validators = new Map([...documents.keys()].map((name) => [name, validator(name)]));

function accepts(name: string, text: string): boolean {
  const validate = validators.get(`${name}.schema.json`)!;
  return validate(parse(text)) as boolean;
}

describe('shipped files', () => {
  const files = ['topologies', 'profiles'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => join(folder, name)),
  );

  it.each(files)('%s names its schema and fits it', (file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const named = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1];
    expect(named).toBeDefined();
    const schema = resolve(root, dirname(file), named!);
    expect(dirname(schema)).toBe(join(root, 'docs/schemas'));
    const validate = validators.get(schema.slice(dirname(schema).length + 1))!;
    validate(parse(text));
    expect(validate.errors ?? []).toEqual([]);
  });
});

describe('what the reader refuses, an editor underlines', () => {
  const folder = new ScenarioFolder();
  afterAll(() => folder.remove());

  it.each([
    ['an unknown key', 'listen: [udp://127.0.9.2', 'lisen: [udp://127.0.9.2'],
    ['an unknown key at the top', 'home:', 'hom: x\nhome:'],
    ['a number in place of an IMSI', '"001010000000001"', '001010000000001'],
    ['a block in place of a list', '[udp://127.0.9.2:5060]', '{}'],
    ['a host name', 'udp://127.0.9.2:5060', 'udp://localhost:5060'],
    ['no port', 'udp://127.0.9.2:5060', 'udp://127.0.9.2'],
    ['another transport', 'udp://127.0.9.2:5060', 'sctp://127.0.9.2:5060'],
    ['no role', 'role: hss, ', ''],
    ['an unknown role', 'role: hss,', 'role: hsss,'],
    ['no addresses', 'listen: [tcp://127.0.9.4:3868], ', ''],
    [
      'real equipment without an address',
      'role: p-cscf, listen: [udp://127.0.9.1:5060, tcp://127.0.9.1:5060]',
      'role: p-cscf, external: true',
    ],
    [
      'real equipment that listens',
      'role: i-cscf, listen',
      'role: i-cscf, external: true, address: udp://192.0.2.9:5060, listen',
    ],
    ['a name that no host has', 'icscf1:', 'I_CSCF:'],
    ['an impossible loss', /$/, 'links:\n  - { between: [ue1, pcscf1], loss: 2 }\n'],
    ['a link of one end', /$/, 'links:\n  - { between: [ue1] }\n'],
    ['a key of another role', 'role: p-cscf,', 'role: p-cscf, diameter: { hss: hss1 },'],
    ['a card with a short key', 'via: pcscf1 }', 'via: pcscf1, sim: { k: abc } }'],
  ])('in a topology: %s', (_what, search, replacement) => {
    expect(accepts('topology', topologyText())).toBe(true);
    const text = topologyText((whole) => whole.replace(search, replacement));
    expect(accepts('topology', text)).toBe(false);
    expect(folder.refused(() => loadLab(folder.write('bad.yaml', text)))).not.toEqual([]);
  });

  it.each([
    ['operator', 'operator-profile', 'registration: { expires-min: -1 }'],
    ['operator', 'operator-profile', 'diameter: { watchdog: 30 }'],
    ['operator', 'operator-profile', 'transport: { datagram-size-max: 100 }'],
    ['operator', 'operator-profile', 'watchdog: 30s'],
    ['ue', 'ue-profile', 'call: { answer: bussy }'],
    ['ue', 'ue-profile', 'call: { codecs: [] }'],
    ['ue', 'ue-profile', 'call: { reliable-ringing: maybe }'],
    ['subscribers', 'subscribers', 'subscribers: [{ imsi: "1", k: 465b5ce8b199b49faa5f0a2ee238a6bc }]'],
    ['subscribers', 'subscribers', 'subscribers: [{ imsi: "001010000000001", k: 465b }]'],
    ['subscribers', 'subscribers', 'subscribers: [{ imsi: "001010000000001", msisdn: "0155" }]'],
    ['subscribers', 'subscribers', 'subscribers: [{ imsi: "001010000000001", identities: [{ url: "sip:a@b" }] }]'],
    ['subscribers', 'subscribers', 'subscribers: [{ imsi: "001010000000001", identities: [nobody] }]'],
    ['subscribers', 'subscribers', 'defaults: { sqn: 0xfffffffffffff }\nsubscribers: []'],
    ['subscribers', 'subscribers', 'subscriber: []'],
  ])('in a profile (%s): %s: %s', (kind, schema, text) => {
    expect(accepts(schema, text)).toBe(false);
    folder.write('bad-profile.yaml', `${text}\n`);
    const whole = topologyText((topology) => {
      if (kind === 'subscribers') return topology.replace('subscribers/default', './bad-profile.yaml');
      const node = kind === 'ue' ? 'role: ue,' : 'role: p-cscf,';
      return topology.replace(node, `${node} profile: ./bad-profile.yaml,`);
    });
    expect(folder.refused(() => loadLab(folder.write('bad.yaml', whole))).join('\n')).toContain('bad-profile.yaml:');
  });

  it.each([
    ['an unknown word', '{ do: regster, ue: ue1 }'],
    ['no word', '{ ue: ue1 }'],
    ['text', 'register'],
    ['an unknown key', '{ do: register, ues: ue1 }'],
    ['a missing key', '{ do: call, from: ue1 }'],
    ['a duration without a unit', '{ do: wait, for: 2 }'],
    ['an unknown expectation', '{ expect: mesage, message: BYE }'],
    ['an unknown outcome', '{ expect: call, as: c1, is: relesed }'],
    ['a negative count', '{ expect: message, message: BYE, count: -1 }'],
    ['a matcher with an unknown key', '{ expect: message, message: BYE, with: { Contact.expires: { mim: 3 } } }'],
    ['an empty capture', '{ expect: message, message: BYE, capture: {} }'],
    ['an order of one', '{ expect: order, messages: [BYE] }'],
    ['nth: 0', '{ do: fault, drop: BYE, nth: 0 }'],
    ['a fault without a verb', '{ do: fault, dorp: BYE }'],
    ['a result code out of range', '{ do: fault, answer: UAR, result: 50120 }'],
    ['a key of another fault', '{ do: fault, drop: BYE, by: 2s }'],
    ['octets that are none', '{ do: fault, replace: BYE, bytes: xyz }'],
    ['an empty block', '{ parallel: [] }'],
    ['a bad step in a branch', '{ parallel: [{ steps: [{ do: wait }] }] }'],
    ['a loop without values', '{ for: u, in: [], steps: [{ do: wait, for: 1s }] }'],
    ['a repetition of zero', '{ repeat: 0, steps: [{ do: wait, for: 1s }] }'],
    ['a probability above one', '{ do: link, between: [ue1, pcscf1], loss: 2 }'],
    ['three ends of a link', '{ do: link, between: [ue1, pcscf1, ue2] }'],
    ['a rule that is none', '{ expect: message, message: BYE, rule: reg 24 }'],
  ])('in a step: %s', (_what, step) => {
    expect(accepts('scenario', withSteps(`  - ${step}`))).toBe(false);
    expect(folder.refusal(withSteps(`  - ${step}`))).not.toEqual([]);
  });

  it.each([
    ['an unknown key', 'check: []\n'],
    ['an unknown check', 'checks: [ts2429]\n'],
    ['seeds that are none', 'seeds: many\n'],
    ['an environment that is none', 'environments: [reel]\n'],
    ['an empty row of a matrix', 'matrix: { a: [] }\n'],
    ['a fault that is none', 'faults: [{ dorp: BYE }]\n'],
    ['a time without a unit', 'timeout: 300\n'],
    ['a verdict without an outcome', 'verdict: { sentence: x }\n'],
  ])('around the steps: %s', (_what, head) => {
    const text = withSteps('  - { do: wait, for: 1s }', head);
    expect(accepts('scenario', text)).toBe(false);
    expect(folder.refusal(text)).not.toEqual([]);
  });

  it('accepts names of values wherever a value stands', () => {
    const head = `params: { t: 2s, n: 3, w: busy }\nmatrix: { how: [stop, crash] }\nseeds: 1..3\nfaults: [{ drop: BYE, nth: "\${n}" }]\n`;
    const steps = [
      `  - { do: "\${how}", node: hss1 }`,
      `  - { do: wait, for: "\${t}" }`,
      `  - { repeat: "\${n}", steps: [{ do: register, ue: all, expires: "\${n}", at-once: true }] }`,
      `  - { for: u, in: all, steps: [{ do: set, node: "\${u}", key: call.answer, value: "\${w}" }] }`,
      `  - { expect: message, message: REGISTER, count: "\${n}", with: { CSeq: "\${n} REGISTER" }, capture: { id: Call-ID } }`,
    ].join('\n');
    const text = withSteps(steps, head);
    expect(folder.load(text)).toHaveLength(2);
    const validate = validators.get('scenario.schema.json')!;
    validate(parse(text));
    expect(validate.errors ?? []).toEqual([]);
  });
});
