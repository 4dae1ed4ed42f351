/** The Diameter codec: whatever comes, it gives a message or an error, and every reading of a message works. */
import assert from 'node:assert/strict';
import { diameterLines } from '../../dist/cli/decode-diameter.js';
import { base, Codec, cx, encodeAnswer, encodeRequest, StreamFramer } from '../../dist/diameter/index.js';
import { summariseDiameter } from '../../dist/trace/diameter-summary.js';

export const name = 'Diameter codec';

const codec = new Codec([base, cx]);
const ids = { hopByHop: 1, endToEnd: 2 };
const origin = { 'Origin-Host': 'scscf1.ims.example.org', 'Origin-Realm': 'ims.example.org' };
const session = {
  'Session-Id': 'scscf1.ims.example.org;1;2',
  'Vendor-Specific-Application-Id': { 'Vendor-Id': 10415, 'Auth-Application-Id': 16777216 },
  'Auth-Session-State': 1,
  ...origin,
};

export const seeds = [
  encodeRequest(base.commands['Capabilities-Exchange'], ids, {
    ...origin,
    'Host-IP-Address': ['192.0.2.1', '2001:db8::1'],
    'Vendor-Id': 0,
    'Product-Name': 'imslab',
    'Supported-Vendor-Id': [10415],
    'Vendor-Specific-Application-Id': [{ 'Vendor-Id': 10415, 'Auth-Application-Id': 16777216 }],
  }),
  encodeRequest(cx.commands['User-Authorization'], ids, {
    ...session,
    'Destination-Realm': 'ims.example.org',
    'User-Name': 'a@ims.example.org',
    'Public-Identity': 'sip:a@ims.example.org',
    'Visited-Network-Identifier': Buffer.from('ims.example.org'),
  }),
  encodeAnswer(cx.commands['Multimedia-Auth'], ids, {
    ...session,
    'Result-Code': 2001,
    'User-Name': 'a@ims.example.org',
    'SIP-Number-Auth-Items': 1,
    'SIP-Auth-Data-Item': [
      {
        'SIP-Item-Number': 1,
        'SIP-Authentication-Scheme': 'Digest-AKAv1-MD5',
        'SIP-Authenticate': Buffer.alloc(32, 7),
        'SIP-Authorization': Buffer.alloc(8, 9),
        'Confidentiality-Key': Buffer.alloc(16, 1),
        'Integrity-Key': Buffer.alloc(16, 2),
      },
    ],
  }),
];

export function run(bytes, random) {
  const decoded = codec.decode(Buffer.from(bytes));
  if (decoded.kind === 'error') {
    assert.equal(Math.floor(decoded.resultCode / 1000) % 2, 1, 'a Result-Code of 3xxx or 5xxx');
  } else {
    JSON.stringify(decoded.avps, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
  }
  if (bytes.length >= 20) summariseDiameter(bytes);
  diameterLines(bytes);
  const framer = new StreamFramer(1 << 20);
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + random(bytes.length);
    if (framer.push(bytes.subarray(at, end), (message) => assert(message.length >= 20)) !== undefined) break;
    at = end;
  }
}
