/** The options of `imslab aka` that are keys and numbers, read tolerantly and refused plainly. */
import { existsSync } from 'node:fs';
import {
  type AkaAlgorithm,
  computeOpc,
  computeTopc,
  decodeNonce,
  encodeSqn,
  type KeyMaterial,
  standardConstants,
} from '../aka/index.js';
import { UsageError } from '../lab/errors.js';
import { suggest } from '../selection/index.js';
import { laterDigits } from '../topology/consecutive.js';
import { findProfile, profileNames } from '../topology/find-file.js';
import { keyMaterialOf } from '../topology/key-material.js';
import { Source } from '../topology/source.js';
import { subscriberFile } from '../topology/subscriber-schema.js';
import { read } from '../topology/validate.js';

export interface KeyOptions {
  readonly algorithm?: AkaAlgorithm;
  readonly k?: string;
  readonly op?: string;
  readonly opc?: string;
  readonly top?: string;
  readonly topc?: string;
  readonly c?: string;
  readonly r?: string;
  readonly iterations?: string;
  readonly macBits?: string;
  readonly resBits?: string;
  readonly ckBits?: string;
  readonly ikBits?: string;
  readonly subscribers?: string;
  readonly imsi?: string;
}

/** What the options say about a card. */
export interface CardKeys {
  readonly material: KeyMaterial;
  /** OP where it was given and not OPc. */
  readonly op?: Buffer | undefined;
  /** These only from a subscriber file. */
  readonly privateIdentity?: string | undefined;
  readonly amf?: Buffer | undefined;
  readonly sqn?: bigint | undefined;
  readonly indBits?: number | undefined;
}

/** Hexadecimal digits with or without blanks, colons, hyphens and 0x, as long as one of `lengths` says in octets. */
export function hexOctets(option: string, text: string, ...lengths: readonly number[]): Buffer {
  const digits = text
    .trim()
    .replace(/^0x/i, '')
    .replace(/[\s:.-]+/g, '');
  const wanted = `${lengths.map((length) => 2 * length).join(' or ')} hexadecimal digits`;
  if (!/^[0-9a-fA-F]*$/.test(digits)) {
    const decoded = Buffer.from(text, 'base64');
    const mend =
      lengths.includes(decoded.length) && decoded.toString('base64') === text.trim()
        ? `it looks like base64, and is then ${decoded.toString('hex')}`
        : `write ${wanted}`;
    throw new UsageError(`${option}: '${text}' has other characters than hexadecimal digits; ${mend}`);
  }
  if (!lengths.includes(digits.length / 2)) {
    const has = digits.length === 1 ? 'one hexadecimal digit' : `${digits.length} hexadecimal digits`;
    throw new UsageError(`${option}: has ${has}; write ${wanted}`);
  }
  return Buffer.from(digits, 'hex');
}

/** A sequence number: 12 hexadecimal digits, hexadecimal with 0x, or decimal. */
export function sequenceNumber(option: string, text: string): bigint {
  const digits = text.trim().replace(/(?<=.)[\s:]+(?=.)/g, '');
  const value = /^[0-9a-fA-F]{12}$/.test(digits)
    ? BigInt(`0x${digits}`)
    : /^(0x[0-9a-fA-F]+|\d+)$/.test(digits)
      ? BigInt(digits)
      : undefined;
  if (value === undefined || value >= 1n << 48n) {
    throw new UsageError(
      `${option}: '${text}' is no 48-bit sequence number; write 12 hexadecimal digits, 0x…, or a decimal number`,
    );
  }
  return value;
}

export function sqnOctets(option: string, text: string): Buffer {
  return encodeSqn(sequenceNumber(option, text));
}

export function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new UsageError(`${option}: '${text}' is not from ${min} to ${max}; write a whole number`);
  }
  return value;
}

/** RAND and AUTN from --nonce, or from --rand and --autn. */
export function challengeOf(options: { rand?: string; autn?: string; nonce?: string }): { rand: Buffer; autn: Buffer } {
  const { rand, autn } = options;
  if (options.nonce !== undefined) {
    if (rand !== undefined || autn !== undefined) {
      throw new UsageError('--nonce: has RAND and AUTN already; leave out --rand and --autn');
    }
    const text = options.nonce.trim();
    const decoded = decodeNonce(text);
    if (decoded === undefined || isHexNonce(text)) {
      throw new UsageError(
        '--nonce: is not base64 of RAND and AUTN; copy the whole text between the quotes (RFC 3310 3.2)',
      );
    }
    return decoded;
  }
  if (rand === undefined || autn === undefined) {
    throw new UsageError(`--${rand === undefined ? 'rand' : 'autn'}: is missing; give --rand and --autn, or --nonce`);
  }
  return { rand: hexOctets('--rand', rand, 16), autn: hexOctets('--autn', autn, 16) };
}

/** 64 hexadecimal digits are base64 too, of something else. */
export function isHexNonce(text: string): boolean {
  return /^([0-9a-f]{2}){32,}$/i.test(text);
}

/** The options that belong to one algorithm alone, as they are written. */
const ownOptions = {
  milenage: { opc: '--opc', op: '--op', c: '--c', r: '--r' },
  tuak: {
    topc: '--topc',
    top: '--top',
    iterations: '--iterations',
    macBits: '--mac-bits',
    resBits: '--res-bits',
    ckBits: '--ck-bits',
    ikBits: '--ik-bits',
  },
  xor: {},
} as const satisfies Record<AkaAlgorithm, Partial<Record<keyof KeyOptions, string>>>;

/** An option that has no effect is a mistake that nobody sees. */
function refuseStrayOptions(options: KeyOptions, algorithm: AkaAlgorithm | undefined): void {
  const owners: readonly AkaAlgorithm[] = ['milenage', 'tuak'];
  for (const owner of owners.filter((each) => each !== algorithm)) {
    for (const [name, written] of Object.entries(ownOptions[owner])) {
      if (options[name as keyof KeyOptions] === undefined) continue;
      throw new UsageError(
        algorithm === undefined
          ? `${written}: stands beside --subscribers, whose file has the keys; keep one of them`
          : `${written}: is of ${owner} and not of ${algorithm}; leave it out, or give --algorithm ${owner}`,
      );
    }
  }
}

/** `home` completes the private identity of a subscriber file's line. */
export function cardKeys(options: KeyOptions, home?: string): CardKeys {
  if (options.subscribers !== undefined) return fromSubscribers(options.subscribers, options, home);
  if (options.imsi !== undefined) throw new UsageError('--imsi: needs a file; give --subscribers FILE too');
  if (options.k === undefined) throw new UsageError('--k: is missing; give --k, or --subscribers FILE and --imsi');
  const algorithm = options.algorithm ?? ((options.top ?? options.topc) ? 'tuak' : 'milenage');
  refuseStrayOptions(options, algorithm);
  switch (algorithm) {
    case 'milenage':
      return milenageKeys(options.k, options);
    case 'tuak':
      return { material: tuakMaterial(options.k, options) };
    case 'xor':
      return { material: { algorithm, k: hexOctets('--k', options.k, 16) } };
  }
}

function milenageKeys(kText: string, { op, opc, c, r }: KeyOptions): CardKeys {
  const k = hexOctets('--k', kText, 16);
  if (op !== undefined && opc !== undefined) throw new UsageError('--opc: stands beside --op; keep one of them');
  if (op === undefined && opc === undefined) {
    throw new UsageError('--opc: is missing, and --op too; give one of them, or --algorithm xor');
  }
  const opOctets = op === undefined ? undefined : hexOctets('--op', op, 16);
  const opcOctets = opOctets ? computeOpc(k, opOctets) : hexOctets('--opc', opc!, 16);
  const material = { algorithm: 'milenage', k, opc: opcOctets } as const;
  if (c === undefined && r === undefined) return { material, op: opOctets };
  const constants = {
    c:
      c === undefined
        ? standardConstants.c
        : five('--c', c).map((each, index) => hexOctets(`--c, value ${index + 1}`, each, 16)),
    r:
      r === undefined
        ? standardConstants.r
        : five('--r', r).map((each, index) => wholeNumber(`--r, value ${index + 1}`, each, 0, 127)),
  };
  return { material: { ...material, constants }, op: opOctets };
}

function five(option: string, text: string): readonly string[] {
  const values = text.split(',').map((each) => each.trim());
  if (values.length !== 5) {
    throw new UsageError(`${option}: has ${values.length} values; write five, separated by commas`);
  }
  return values;
}

function tuakMaterial(kText: string, options: KeyOptions): KeyMaterial {
  const k = hexOctets('--k', kText, 16, 32);
  const { top, topc } = options;
  if (top !== undefined && topc !== undefined) throw new UsageError('--topc: stands beside --top; keep one of them');
  const iterations = wholeNumber('--iterations', options.iterations ?? '1', 1, 255);
  if (top === undefined && topc === undefined) {
    throw new UsageError('--topc: is missing, and --top too; give one of them');
  }
  const computed =
    top === undefined ? hexOctets('--topc', topc!, 32) : computeTopc(k, hexOctets('--top', top, 32), iterations);
  return {
    algorithm: 'tuak',
    k,
    topc: computed,
    iterations,
    macBits: bits('--mac-bits', options.macBits, 64, [64, 128, 256] as const),
    resBits: bits('--res-bits', options.resBits, 64, [32, 64, 128, 256] as const),
    ckBits: bits('--ck-bits', options.ckBits, 128, [128, 256] as const),
    ikBits: bits('--ik-bits', options.ikBits, 128, [128, 256] as const),
  };
}

function bits<TBits extends number>(
  option: string,
  text: string | undefined,
  usual: TBits,
  allowed: readonly TBits[],
): TBits {
  if (text === undefined) return usual;
  const value = allowed.find((each) => String(each) === text.trim());
  if (value === undefined)
    throw new UsageError(`${option}: '${text}' is no length of TUAK; write ${allowed.join(' or ')}`);
  return value;
}

/** AUTN and AUTS have room for a MAC of 64 bits (TS 33.102 6.3.2, 6.3.3), whatever TUAK can compute. */
export function challengedKeys(options: KeyOptions, home?: string): CardKeys {
  const card = cardKeys(options, home);
  if (card.material.algorithm === 'tuak' && (card.material.macBits ?? 64) !== 64) {
    throw new UsageError('--mac-bits: AUTN and AUTS have room for 64 bits (TS 33.102 6.3.2, 6.3.3); leave it out');
  }
  return card;
}

function fromSubscribers(name: string, options: KeyOptions, home: string | undefined): CardKeys {
  const { imsi } = options;
  for (const stray of ['k', 'algorithm'] as const) {
    if (options[stray] === undefined) continue;
    throw new UsageError(`--${stray}: stands beside --subscribers, whose file has the keys; keep one of them`);
  }
  refuseStrayOptions(options, undefined);
  if (imsi === undefined) throw new UsageError('--imsi: is missing; say which subscriber of the file it is');
  const { line, defaults } = lineOf(name, imsi);
  const material = keyMaterialOf(line, defaults);
  if (!('algorithm' in material)) {
    throw new UsageError(`--subscribers: ${name}: ${imsi}: ${material.key ?? 'it'} ${material.what}; ${material.mend}`);
  }
  const hasOpc = (line.opc ?? (line.op ? undefined : defaults.opc)) !== undefined;
  return {
    material,
    op: hasOpc ? undefined : (line.op ?? defaults.op),
    privateIdentity: line['private-identity'] ?? (home === undefined ? undefined : `${imsi}@${home}`),
    amf: line.amf ?? defaults.amf,
    sqn: line.sqn ?? defaults.sqn,
    indBits: line['ind-bits'] ?? defaults['ind-bits'],
  };
}

/** What a subscriber file says of an IMSI, and of all that it says nothing else of. */
function lineOf(name: string, imsi: string) {
  const file = findProfile(name, './');
  if (file === undefined) {
    const names = suggest(name, profileNames('subscribers'));
    throw new UsageError(
      existsSync(name)
        ? `--subscribers: '${name}' is no subscriber file; give one that ends in .yaml`
        : `--subscribers: there is no file '${name}'; ${names}`,
    );
  }
  const { defaults = {}, subscribers = [] } = read(subscriberFile, Source.read(file));
  const line = subscribers.find((each) => isOf(each, imsi));
  if (line !== undefined) return { line, defaults };
  const imsis = subscribers.map((each) => each.imsi ?? '');
  throw new UsageError(`--imsi: ${name} has no '${imsi}'; ${suggest(imsi, imsis)}`);
}

/** A line with a count stands for the IMSIs that follow. */
function isOf(
  line: { readonly imsi?: string | undefined; readonly count?: number | undefined },
  imsi: string,
): boolean {
  if (line.imsi === undefined || line.imsi.length !== imsi.length || !/^\d+$/.test(imsi)) return false;
  const offset = BigInt(imsi) - BigInt(line.imsi);
  return offset >= 0n && offset < BigInt(line.count ?? 1) && laterDigits(line.imsi, Number(offset)) === imsi;
}
