/**
 * A Cx MAA of 22 AVPs, encoded and decoded. CPU time of this process, candidates interleaved round by round, medians;
 * the control is the npm package `diameter`, given names for the Cx AVPs that its dictionary lacks.
 */
import { createRequire } from 'node:module';
import {
  base,
  Codec,
  type CompiledApplication,
  cx,
  DecodeError,
  encodeAnswer,
  type Message,
} from '../../src/diameter/index.js';

export interface DiameterBenchmarkRow {
  readonly name: string;
  /** Microseconds of CPU a message. */
  readonly micros: number;
  /** The same for npm `diameter`, in the same rounds. */
  readonly controlMicros: number;
  /** controlMicros / micros. */
  readonly ratio: number;
  readonly note: string;
}

interface NpmDictionary {
  getAvpByName(name: string): object | undefined;
  getAvpByCodeAndVendorId(code: number, vendor: number): object | undefined;
  getCommandByCode(code: number): object | undefined;
  getApplicationById(id: number): object | undefined;
}
interface NpmCodec {
  encodeMessage(message: object): Buffer;
  decodeMessage(bytes: Buffer): { body: unknown[] };
}

const require = createRequire(import.meta.url);
const codec = new Codec([base as CompiledApplication, cx as unknown as CompiledApplication]);
const multimediaAuth = cx.commands['Multimedia-Auth'];
const ids = { hopByHop: 0x12345678, endToEnd: 0x9abcdef0 };
const rounds = 9;

/** 22 AVPs with those inside groups. */
const avps = {
  'Session-Id': 'scscf1.ims.mnc001.mcc001.3gppnetwork.org;1767225600;4711',
  'Vendor-Specific-Application-Id': { 'Vendor-Id': 10415, 'Auth-Application-Id': 16777216 },
  'Result-Code': 2001,
  'Auth-Session-State': 1,
  'Origin-Host': 'hss1.ims.mnc001.mcc001.3gppnetwork.org',
  'Origin-Realm': 'ims.mnc001.mcc001.3gppnetwork.org',
  'User-Name': '001010000000001@ims.mnc001.mcc001.3gppnetwork.org',
  'Public-Identity': 'sip:+15550100001@ims.mnc001.mcc001.3gppnetwork.org',
  'SIP-Number-Auth-Items': 1,
  'SIP-Auth-Data-Item': [
    {
      'SIP-Item-Number': 1,
      'SIP-Authentication-Scheme': 'Digest-AKAv1-MD5',
      'SIP-Authenticate': Buffer.alloc(32, 0x41),
      'SIP-Authorization': Buffer.alloc(8, 0x42),
      'Confidentiality-Key': Buffer.alloc(16, 0x43),
      'Integrity-Key': Buffer.alloc(16, 0x44),
    },
  ],
  'Proxy-Info': [{ 'Proxy-Host': 'dra.ims.mnc001.mcc001.3gppnetwork.org', 'Proxy-State': Buffer.alloc(8, 0x45) }],
} as const;

/** The same in the package's own form; printable octets, because it has no others. */
function npmBody(value: object): unknown[] {
  return Object.entries(value).flatMap(([name, content]: [string, unknown]) =>
    (Array.isArray(content) ? content : [content]).map((one: unknown) => {
      if (Buffer.isBuffer(one)) return [name, one.toString('latin1')];
      return [name, typeof one === 'object' && one !== null ? npmBody(one) : one];
    }),
  );
}

interface NpmAvp {
  readonly name: string;
  readonly code: number;
  readonly vendorId: number;
}

/** The package with the Cx AVPs added to its dictionary, at their codes' places, and its own linear search over it. */
function npmDiameter(): NpmCodec {
  const dictionary = require('diameter/lib/diameter-dictionary.js') as NpmDictionary;
  const lodash = createRequire(require.resolve('diameter/lib/diameter-dictionary.js'))('lodash') as {
    find(list: readonly NpmAvp[], like: Partial<NpmAvp>): NpmAvp | undefined;
  };
  const types: Readonly<Record<string, string>> = {
    Grouped: 'Grouped',
    Unsigned32: 'Unsigned32',
    Enumerated: 'Unsigned32',
  };
  const ofCx = Object.entries(cx.definition.avps).map(([name, avp]) => ({
    name,
    code: avp.code,
    vendorId: avp.vendor,
    type: types[avp.format] ?? 'OctetString',
    flags: { mandatory: avp.mandatory, protected: false, vendorBit: avp.vendor !== 0 },
  }));
  const own = (require('diameter/dictionary.json') as { avps: readonly NpmAvp[] }).avps;
  const names = new Set(ofCx.map(({ name }) => name));
  const avpList = [...own.filter(({ name }) => !names.has(name)), ...ofCx].sort((one, other) => one.code - other.code);
  dictionary.getAvpByName = (name) => lodash.find(avpList, { name });
  dictionary.getAvpByCodeAndVendorId = (code, vendorId) => lodash.find(avpList, { code, vendorId });
  dictionary.getCommandByCode = () => ({ code: 303, name: 'Multimedia-Auth' });
  dictionary.getApplicationById = () => ({ code: cx.id, name: 'Cx' });
  return require('diameter/lib/diameter-codec.js') as NpmCodec;
}

/** Reads every AVP, because decoding here does not. */
function readAll(message: Message | DecodeError): number {
  if (message instanceof DecodeError) throw new Error(message.reason);
  const read = message.avps as (typeof multimediaAuth)['types']['answer'];
  const application = read['Vendor-Specific-Application-Id'];
  const item = read['SIP-Auth-Data-Item'][0]!;
  const proxy = read['Proxy-Info'][0]!;
  return (
    read['Session-Id'].length +
    application['Vendor-Id'] +
    application['Auth-Application-Id']! +
    read['Result-Code']! +
    read['Auth-Session-State'] +
    read['Origin-Host'].length +
    read['Origin-Realm'].length +
    read['User-Name']!.length +
    read['Public-Identity']!.length +
    read['SIP-Number-Auth-Items']! +
    item['SIP-Item-Number']! +
    item['SIP-Authentication-Scheme']!.length +
    item['SIP-Authenticate']!.length +
    item['SIP-Authorization']!.length +
    item['Confidentiality-Key']!.length +
    item['Integrity-Key']!.length +
    proxy['Proxy-Host'].length +
    proxy['Proxy-State'].length
  );
}

/** Takes about two seconds. */
export function diameterBenchmarks(): DiameterBenchmarkRow[] {
  const bytes = encodeAnswer(multimediaAuth, ids, avps);
  const npm = npmDiameter();
  const flags = { request: false, proxiable: true, error: false, potentiallyRetransmitted: false };
  const npmHeader = { version: 1, commandCode: 303, flags, applicationId: cx.id, hopByHopId: 1, endToEndId: 2 };
  const npmMessage = { header: npmHeader, body: npmBody(avps), command: 'Multimedia-Auth' };
  const npmEncode = { iterations: 40, run: () => npm.encodeMessage(npmMessage).length };
  const npmDecode = { iterations: 40, run: () => npm.decodeMessage(bytes).body.length };
  return [
    compare(
      'encode MAA',
      { iterations: 8_000, run: () => encodeAnswer(multimediaAuth, ids, avps).length },
      npmEncode,
      '',
    ),
    compare(
      'decode MAA',
      { iterations: 8_000, run: () => (codec.decode(bytes) as Message).bytes.length },
      npmDecode,
      'all checks; values are read later',
    ),
    compare(
      'decode MAA and read every AVP',
      { iterations: 8_000, run: () => readAll(codec.decode(bytes)) },
      npmDecode,
      'the same work as the control',
    ),
  ];
}

interface Candidate {
  readonly iterations: number;
  run(): number;
}

function compare(name: string, candidate: Candidate, control: Candidate, note: string): DiameterBenchmarkRow {
  measure(candidate);
  measure(control);
  const times = Array.from({ length: rounds }, () => [measure(candidate), measure(control)] as const);
  const micros = median(times.map(([time]) => time));
  const controlMicros = median(times.map(([, time]) => time));
  return { name, micros, controlMicros, ratio: controlMicros / micros, note };
}

function measure({ iterations, run }: Candidate): number {
  let sum = 0;
  const start = process.cpuUsage();
  for (let i = 0; i < iterations; i++) sum += run();
  const { user, system } = process.cpuUsage(start);
  if (sum < 0) throw new Error('nothing was done');
  return (user + system) / iterations;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)]!;
}
