/** Messages that the tests of selection and faults pick from. */
import { compileApplication, cxDictionary, encodeAnswer, encodeRequest } from '../../src/diameter/index.js';
import type { SeenMessage } from '../../src/selection/index.js';

export const home = 'ims.mnc001.mcc001.3gppnetwork.org';
export const rand = '23553cbe9637a89d218ae64dae47bf35';
export const autn = '55f328b43577b9b94a9ffac354dfafb3';
export const nonce = Buffer.from(rand + autn, 'hex').toString('base64');

export function sip(lines: readonly string[], body = ''): Buffer {
  return Buffer.from(`${[...lines, `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`, 'latin1');
}

const head = (cseq: string): readonly string[] => [
  'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa;rport=5060, SIP/2.0/TCP [2001:db8::1];branch=z9hG4bKb',
  `From: "Alice \\"A\\" B" <sip:alice@${home};user=phone>;tag=f1`,
  `To: <sip:bob@${home}>;tag=t1`,
  'Call-ID: call-1@192.0.2.1',
  `CSeq: ${cseq}`,
];

export const register = sip([
  `REGISTER sip:alice:secret@${home}:5070;orig SIP/2.0`,
  ...head('7 REGISTER'),
  'Max-Forwards: 70',
  'Contact: <sip:alice@192.0.2.1:5060>;expires=600;+sip.instance="<urn:gsma:imei:1>", <sip:alice@192.0.2.2>;q=0.5',
  'Supported: path, 100rel',
  'P-Charging-Vector: icid-value="icid1";orig-ioi=home1.net',
  'Session-Expires: 1800;refresher=uac',
  'Subject: caf\xc3\xa9',
  'X-Thing: something; odd="1"',
]);

export const challenge = sip([
  'SIP/2.0 401 Unauthorized',
  ...head('7 REGISTER'),
  `WWW-Authenticate: Digest realm="${home}",nonce="${nonce}",algorithm=AKAv1-MD5,qop="auth"`,
]);

export const ok = sip(['SIP/2.0 200 OK', ...head('7 REGISTER'), 'Contact: <sip:alice@192.0.2.1:5060>;expires=600']);

const sdp = `${[
  'v=0',
  'o=- 17 18 IN IP4 192.0.2.1',
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=audio 49152 RTP/AVP 97 98',
  'b=AS:41',
  'a=rtpmap:97 AMR-WB/16000/1',
  'a=rtpmap:98 telephone-event/16000',
  'a=curr:qos local none',
  'a=curr:qos remote none',
  'a=des:qos mandatory local sendrecv',
  'a=sendonly',
  'm=audio 49154 RTP/AVP 0',
].join('\r\n')}\r\n`;

export const invite = sip(
  [`INVITE tel:+15550100001 SIP/2.0`, ...head('9 INVITE'), 'Max-Forwards: 70', 'Content-Type: application/sdp'],
  sdp,
);

export const ringing = sip(['SIP/2.0 180 Ringing', ...head('9 INVITE')]);

const cx = compileApplication(cxDictionary);
const common = {
  'Session-Id': 'icscf1;1;2',
  'Vendor-Specific-Application-Id': { 'Vendor-Id': 10415, 'Auth-Application-Id': 16777216 },
  'Auth-Session-State': 1,
  'Origin-Host': `icscf1.${home}`,
  'Origin-Realm': home,
} as const;
const ids = { hopByHop: 0x01020304, endToEnd: 0x05060708 };

export const uar = encodeRequest(cx.commands['User-Authorization'], ids, {
  ...common,
  'Destination-Realm': home,
  'User-Name': `alice@${home}`,
  'Public-Identity': `sip:alice@${home}`,
  'Visited-Network-Identifier': Buffer.from(home),
  'User-Authorization-Type': 0,
});

export const uaa = encodeAnswer(cx.commands['User-Authorization'], ids, {
  ...common,
  'Experimental-Result': { 'Vendor-Id': 10415, 'Experimental-Result-Code': 2001 },
  'Server-Capabilities': { 'Mandatory-Capability': [1, 2], 'Server-Name': [`sip:scscf1.${home}`] },
});

export const maa = encodeAnswer(cx.commands['Multimedia-Auth'], ids, {
  ...common,
  'Result-Code': 2001,
  'User-Name': `alice@${home}`,
  'SIP-Number-Auth-Items': 2,
  'SIP-Auth-Data-Item': [
    {
      'SIP-Item-Number': 1,
      'SIP-Authentication-Scheme': 'Digest-AKAv1-MD5',
      'SIP-Authenticate': Buffer.from(rand + autn, 'hex'),
    },
    { 'SIP-Item-Number': 2, 'SIP-Authentication-Scheme': 'Digest-AKAv1-MD5' },
  ],
});

export function seen(bytes: Buffer, protocol: SeenMessage['protocol'] = 'sip'): SeenMessage {
  return { protocol, fromNode: 'ue1', toNode: 'pcscf1', bytes };
}
