/**
 * AVPs as a file has them → AVPs. A mapping of names to values, where a list stands for an AVP that occurs several times;
 * or, where the order counts, a list of such mappings. A value is plain (text, a number, the name of an enumerated value,
 * the members of a group) or a block with `value`, `text`, `hex` or `avps`, and the AVP's flags.
 */
import { groupOctets, type ScriptAvp } from './avp.js';
import { avpNamed, avpNames, type NamedAvp } from './dictionary.js';
import { octetsOfHex, Refusal, scalarOctets, type WrittenScalar } from './values.js';

export type WrittenPath = readonly (string | number)[];

/** Told of each mistake with its place below what was written. */
export type Complaint = (path: WrittenPath, refusal: Refusal, at?: 'key' | 'value') => void;

/** Keys of the long form. No AVP is called like one of them: dictionaries begin names with a capital or a digit. */
const longKeys = ['value', 'text', 'hex', 'avps', 'mandatory', 'protected', 'vendor'] as const;
const dataKeys = ['value', 'text', 'hex', 'avps'] as const;
/** Groups inside groups, as deep as anything real goes. */
const depthMax = 16;
const dataMax = 0xffffff - 12;

type Block = Readonly<Record<string, unknown>>;

function isBlock(value: unknown): value is Block {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is wrong goes to `complain`, and its AVP is left out. */
export function parseAvps(written: unknown, path: WrittenPath, complain: Complaint, depth = 0): ScriptAvp[] {
  if (depth > depthMax) {
    complain(path, new Refusal(`nests more than ${depthMax} groups`, 'write it flatter'));
    return [];
  }
  if (Array.isArray(written)) {
    return written.flatMap((item, index) => {
      if (isBlock(item)) return parseMapping(item, [...path, index], complain, depth);
      complain([...path, index], new Refusal('is no AVP', 'write { NAME: VALUE }'));
      return [];
    });
  }
  if (isBlock(written)) return parseMapping(written, path, complain, depth);
  complain(path, new Refusal('are no AVPs', 'write one NAME: VALUE a line'));
  return [];
}

function parseMapping(written: Block, path: WrittenPath, complain: Complaint, depth: number): ScriptAvp[] {
  return Object.entries(written).flatMap(([name, value]) => {
    const values = Array.isArray(value)
      ? value.map((item, index) => [item, [...path, name, index]] as const)
      : [[value, [...path, name]] as const];
    return values.flatMap(([one, at]) => {
      const avp = parseAvp(name, one, at, complain, depth);
      return avp === undefined ? [] : [avp];
    });
  });
}

/** `AVP-4294967295`: by its code. */
const byCode = /^AVP-(\d{1,10})$/;

function find(name: string, vendor: number | undefined): NamedAvp | Refusal {
  const [, code] = byCode.exec(name) ?? [];
  if (code !== undefined) {
    if (Number(code) > 0xffffffff) return new Refusal(`${name} has a code of more than 32 bits`, 'use 0 to 4294967295');
    const values = new Map<string, number>();
    return {
      name,
      code: Number(code),
      vendor: vendor ?? 0,
      format: 'OctetString',
      mandatory: false,
      isText: true,
      values,
    };
  }
  const found = avpNamed(name, vendor);
  if (found !== undefined) return found;
  const of = vendor === undefined ? '' : ` of vendor ${vendor}`;
  return new Refusal(
    `there is no AVP ${name}${of}`,
    'write its name as in the dictionary, or AVP-CODE',
    avpNames(),
    name,
  );
}

function isLong(value: unknown): value is Block {
  return isBlock(value) && Object.keys(value).some((key) => (longKeys as readonly string[]).includes(key));
}

function parseAvp(
  name: string,
  value: unknown,
  path: WrittenPath,
  complain: Complaint,
  depth: number,
): ScriptAvp | undefined {
  const long = isLong(value) ? checkedLong(value, path, complain) : undefined;
  if (isLong(value) && long === undefined) return undefined;
  const found = find(name, long?.vendor);
  if (found instanceof Refusal) {
    complain(path, found, 'key');
    return undefined;
  }
  const data =
    long === undefined
      ? plainData(found, value, path, complain, depth)
      : longData(found, long.written, path, complain, depth);
  if (data === undefined) return undefined;
  if (data.length > dataMax) {
    complain(path, new Refusal(`${data.length} octets do not fit into an AVP`, `use ${dataMax} or less`));
    return undefined;
  }
  const mandatory = long?.mandatory ?? found.mandatory;
  return { code: found.code, vendor: found.vendor, mandatory, protected: long?.protected ?? false, data };
}

interface LongForm {
  readonly written: Block;
  readonly vendor: number | undefined;
  readonly mandatory: boolean | undefined;
  readonly protected: boolean | undefined;
}

function checkedLong(written: Block, path: WrittenPath, complain: Complaint): LongForm | undefined {
  const { vendor, mandatory, protected: isProtected } = written;
  const before: [WrittenPath, Refusal, 'key' | 'value'][] = [];
  for (const key of Object.keys(written)) {
    if ((longKeys as readonly string[]).includes(key)) continue;
    before.push([[...path, key], new Refusal('unknown key', 'remove it', longKeys, key), 'key']);
  }
  const isId =
    vendor === undefined ||
    (typeof vendor === 'number' && Number.isInteger(vendor) && vendor >= 0 && vendor <= 0xffffffff);
  if (!isId)
    before.push([
      [...path, 'vendor'],
      new Refusal('is no vendor', 'write its enterprise number, such as 10415'),
      'value',
    ]);
  for (const [key, flag] of Object.entries({ mandatory, protected: isProtected })) {
    if (flag !== undefined && typeof flag !== 'boolean') {
      before.push([[...path, key], new Refusal('is no flag', 'write true or false'), 'value']);
    }
  }
  const data = dataKeys.filter((key) => written[key] !== undefined);
  if (data.length !== 1) {
    const what = data.length === 0 ? 'has no value' : `has ${data.join(' and ')}`;
    before.push([path, new Refusal(what, `write one of ${dataKeys.join(', ')}`), 'value']);
  }
  for (const mistake of before) complain(...mistake);
  if (before.length > 0) return undefined;
  return {
    written,
    vendor: vendor as number | undefined,
    mandatory: mandatory as boolean | undefined,
    protected: isProtected as boolean | undefined,
  };
}

function longData(
  avp: NamedAvp,
  written: Block,
  path: WrittenPath,
  complain: Complaint,
  depth: number,
): Buffer | undefined {
  const { value, text, hex, avps } = written;
  if (value !== undefined) return plainData(avp, value, [...path, 'value'], complain, depth);
  if (avps !== undefined) return groupOctets(parseAvps(avps, [...path, 'avps'], complain, depth + 1));
  if (text !== undefined) {
    if (typeof text === 'string') return Buffer.from(text, 'utf8');
    complain([...path, 'text'], new Refusal('is no text', 'put it in quotes'));
    return undefined;
  }
  const octets = typeof hex === 'string' ? octetsOfHex(hex) : undefined;
  if (octets === undefined)
    complain([...path, 'hex'], new Refusal('are no octets', "write hexadecimal digits in quotes: '00ff'"));
  return octets;
}

function plainData(
  avp: NamedAvp,
  value: unknown,
  path: WrittenPath,
  complain: Complaint,
  depth: number,
): Buffer | undefined {
  if (isBlock(value)) {
    if (avp.format === 'Grouped' || byCode.test(avp.name))
      return groupOctets(parseMapping(value, path, complain, depth + 1));
    complain(path, new Refusal(`${avp.name} is no group`, 'write a value, or a block with value, text or hex'));
    return undefined;
  }
  if (value === null || value === undefined || Array.isArray(value)) {
    complain(path, new Refusal('has no value', "write one; '' for no octets"));
    return undefined;
  }
  const octets = scalarOctets(avp, value as WrittenScalar);
  if (!(octets instanceof Refusal)) return octets;
  complain(path, octets);
  return undefined;
}
