/** Bent and random octets against everything that reads Diameter: nothing may throw, loop, or answer with nonsense. */
import { encodeErrorAnswer } from '../../src/diameter/codec/error-answer.js';
import {
  base,
  Codec,
  type CompiledApplication,
  cx,
  DecodeError,
  dissect,
  encodeAnswer,
  encodeRequest,
  StreamFramer,
  summariseDiameter,
} from '../../src/diameter/index.js';
import type { Random } from '../../src/environment/index.js';
import { createSimulation } from '../../src/environment/simulated/index.js';

export interface DiameterFuzzResult {
  readonly iterations: number;
  /** Inputs that were decoded all the same. */
  readonly accepted: number;
  /** Inputs that were refused, by result code. */
  readonly refused: Readonly<Record<number, number>>;
}

const codec = new Codec([base as CompiledApplication, cx as unknown as CompiledApplication]);
const origin = { originHost: 'hss1.ims.example', originRealm: 'ims.example' };
const ids = { hopByHop: 1, endToEnd: 2 };

const head = {
  'Session-Id': 'icscf1.ims.example;1;1',
  'Vendor-Specific-Application-Id': { 'Vendor-Id': 10415, 'Auth-Application-Id': 16777216 },
  'Auth-Session-State': 1,
  'Origin-Host': 'icscf1.ims.example',
  'Origin-Realm': 'ims.example',
} as const;
const user = { 'User-Name': '001@ims.example', 'Public-Identity': 'sip:+1555@ims.example' } as const;
const proxies = [{ 'Proxy-Host': 'dra.example', 'Proxy-State': Buffer.from('state') }];

const corpus: readonly Buffer[] = [
  encodeRequest(base.commands['Capabilities-Exchange'], ids, {
    'Origin-Host': 'icscf1.ims.example',
    'Origin-Realm': 'ims.example',
    'Host-IP-Address': ['127.0.0.2', '2001:db8::2'],
    'Vendor-Id': 0,
    'Product-Name': 'imslab',
    'Vendor-Specific-Application-Id': [{ 'Vendor-Id': 10415, 'Auth-Application-Id': 16777216 }],
  }),
  encodeRequest(base.commands['Disconnect-Peer'], ids, {
    'Origin-Host': 'icscf1.ims.example',
    'Origin-Realm': 'ims.example',
    'Disconnect-Cause': 0,
  }),
  encodeRequest(cx.commands['User-Authorization'], ids, {
    ...head,
    ...user,
    'Destination-Realm': 'ims.example',
    'Visited-Network-Identifier': Buffer.from('ims.example'),
    'User-Authorization-Type': 0,
    'Supported-Features': [{ 'Vendor-Id': 10415, 'Feature-List-ID': 1, 'Feature-List': 3 }],
    'Proxy-Info': proxies,
  }),
  encodeAnswer(cx.commands['Multimedia-Auth'], ids, {
    ...head,
    ...user,
    'Result-Code': 2001,
    'SIP-Number-Auth-Items': 1,
    'SIP-Auth-Data-Item': [
      {
        'SIP-Item-Number': 1,
        'SIP-Authentication-Scheme': 'Digest-AKAv1-MD5',
        'SIP-Authenticate': Buffer.alloc(32, 0xa5),
        'SIP-Authorization': Buffer.alloc(8, 0x5a),
      },
    ],
    'Proxy-Info': proxies,
  }),
  encodeAnswer(cx.commands['Server-Assignment'], ids, {
    ...head,
    'Experimental-Result': { 'Vendor-Id': 10415, 'Experimental-Result-Code': 5001 },
    'Failed-AVP': [{ AVP: [{ code: 70_000, vendor: 42, mandatory: true, data: Buffer.from('x') }] }],
  }),
];

/** Throws an Error that names seed, iteration and input where something does what it must not. */
export function fuzzDiameter(iterations: number, seed: number): DiameterFuzzResult {
  const { random } = createSimulation({ seed });
  const refused: Record<number, number> = {};
  let accepted = 0;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const input = draw(random);
    try {
      const resultCode = check(input, random);
      if (resultCode === 0) accepted++;
      else refused[resultCode] = (refused[resultCode] ?? 0) + 1;
    } catch (error) {
      const where = `seed ${seed}, iteration ${iteration}, input ${input.toString('hex')}`;
      throw new Error(`${(error as Error).message} (${where})`, { cause: error });
    }
  }
  return { iterations, accepted, refused };
}

const below = (random: Random, limit: number): number => random.uint32() % limit;

function draw(random: Random): Buffer {
  if (below(random, 20) === 0) return random.bytes(below(random, 200));
  let bytes: Buffer = Buffer.from(corpus[below(random, corpus.length)]!);
  for (let changes = 1 + below(random, 4); changes > 0; changes--) bytes = bend(bytes, random);
  // Mostly with a header length that fits, so that the AVPs are looked at.
  if (bytes.length >= 4 && below(random, 8) > 0) bytes.writeUIntBE(bytes.length & 0xfffffc, 1, 3);
  return below(random, 8) > 0 ? bytes.subarray(0, bytes.length & ~3) : bytes;
}

/** Lengths that lie and values at their edges are worth more than noise. */
const edges = [0, 1, 7, 8, 11, 12, 20, 0x7f, 0x80, 0xff];

function bend(bytes: Buffer, random: Random): Buffer {
  if (bytes.length === 0) return random.bytes(4);
  const at = below(random, bytes.length);
  switch (below(random, 5)) {
    case 0:
      bytes[at] = random.uint32();
      return bytes;
    case 1:
      bytes[at] = edges[below(random, edges.length)]!;
      return bytes;
    case 2:
      bytes[at]! ^= 1 << below(random, 8);
      return bytes;
    case 3:
      return Buffer.from(bytes.subarray(0, at));
    default:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(below(random, at + 1))]);
  }
}

/** 0 for an input that was decoded, else the result code of its refusal. */
function check(input: Buffer, random: Random): number {
  checkFramer(input, random);
  if (input.length >= 20) summariseDiameter(input);
  JSON.stringify(dissect(input));
  const message = codec.decode(input);
  if (!(message instanceof DecodeError)) {
    JSON.stringify(message.avps, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    return 0;
  }
  if (input.length >= 20) checkErrorAnswer(input, message);
  return message.resultCode;
}

function checkErrorAnswer(input: Buffer, error: DecodeError): void {
  const application = codec.application(input.readUInt32BE(8)) ?? (base as CompiledApplication);
  const answer = encodeErrorAnswer(input, application, origin, error);
  const isProtocolError = error.resultCode < 4000;
  if (((answer[4]! & 0x20) !== 0) !== isProtocolError) throw new Error('the E bit does not suit the result code');
  if ((answer[4]! & 0x90) !== 0) throw new Error('the R or T bit is set in an answer');
  if (answer.readUIntBE(1, 3) !== answer.length || answer.length % 4 !== 0)
    throw new Error('wrong length of an answer');
}

function checkFramer(input: Buffer, random: Random): void {
  const framer = new StreamFramer(4096);
  let received = 0;
  for (let at = 0; at < input.length; ) {
    const size = 1 + below(random, 40);
    const fault = framer.push(input.subarray(at, at + size), (message) => {
      received += message.length;
    });
    if (fault !== undefined) return;
    at += size;
  }
  if (received + framer.incomplete !== input.length) throw new Error('octets got lost between messages');
}
