/** Demands of rules that no node of the lab can be made to break: traces by hand, each of which accuses one rule alone, in these words. */
import { brokenIn, type Fields, facts, findingsIn, type Sent } from './handmade.js';

const b = '<sip:b@h>;tag=b';
/** Of REGISTER, with all that a P-CSCF wants of it. */
const register: Fields = {
  uri: 'sip:example.org',
  from: '<sip:a@example.org>;tag=a',
  to: '<sip:a@example.org>',
  contact: '<sip:a@10.0.0.1>;expires=600',
};
const authorization =
  'Authorization: Digest username="a@example.org",realm="example.org",uri="sip:example.org",nonce="",response="",algorithm=AKAv1-MD5';
const agreed = (more: string): readonly string[] => [
  authorization,
  'Require: sec-agree',
  'Proxy-Require: sec-agree',
  `Security-Client: ipsec-3gpp;alg=hmac-sha-1-96;ealg=null;spi-c=300;spi-s=301;${more}`,
];
const access = 'P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000101;network-provided';
const home = ['Path: <sip:t@10.1.0.1;lr>', 'Require: path', 'P-Visited-Network-ID: "example.org"'];
const charging = 'P-Charging-Vector: icid-value="1";orig-ioi="Type 1example.org"';
const reliably = (sequence: number) => ['Require: 100rel', `RSeq: ${sequence}`];

/** Of SIP Digest, over TLS. */
const digest = 'Authorization: Digest username="a@example.org",realm="example.org",uri="sip:example.org",nonce="n"';
const answered = `${digest},response="${'0'.repeat(32)}"`;
const overTls: Fields = { ...register, transport: 'tcp', protection: 'tls', headers: [answered] };
const onward = (authorization: string): Fields => ({
  ...register,
  through: ['ue1'],
  headers: [authorization, charging, ...home],
});
const description = 'v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';

const broken: readonly [rule: string, words: string, sent: readonly Sent[], ...besides: string[]][] = [
  [
    'AKA-41',
    'offered port-c=0: that is no port',
    [['ue1', 'pcscf1', 'REGISTER', { ...register, headers: agreed('port-c=0;port-s=40002') }]],
  ],
  [
    'AKA-41',
    'offered port-s=65536: that is no port',
    [['ue1', 'pcscf1', 'REGISTER', { ...register, headers: agreed('port-c=1;port-s=65536') }]],
  ],
  [
    'REG-20',
    'with network-provided in the P-Access-Network-Info of the UE',
    [
      ['ue1', 'pcscf1', 'REGISTER', { ...register, headers: [authorization, access] }],
      [
        'pcscf1',
        'icscf1',
        'REGISTER',
        {
          ...register,
          through: ['ue1'],
          headers: [`${authorization},integrity-protected="no"`, access, charging, ...home],
        },
      ],
    ],
  ],
  [
    'SIP-08',
    'without a tag in From',
    [['ue1', 'pcscf1', 'OPTIONS', { from: '<sip:a@h>', vias: ['SIP/2.0/UDP 10.0.0.1:5060;branch=old'] }]],
    'SIP-37',
  ],
  [
    'SIP-09',
    'with Expires 4294967296',
    [
      ['ue1', 'pcscf1', 'OPTIONS', {}],
      ['pcscf1', 'ue1', '200 OPTIONS', { to: b, headers: ['Expires: 4294967296'] }],
    ],
  ],
  [
    'SIP-21',
    'with rport 5061 in its Via: the request came from port 5060',
    [
      ['ue1', 'pcscf1', 'OPTIONS', { vias: ['SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKo;rport'] }],
      [
        'pcscf1',
        'ue1',
        '200 OPTIONS',
        { to: b, vias: ['SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKo;received=10.0.0.1;rport=5061'] },
      ],
    ],
  ],
  [
    'SIP-30',
    'under a branch that no request has had',
    [
      ['icscf1', 'scscf1', 'OPTIONS', {}],
      ['scscf1', 'icscf1', '200 OPTIONS', { to: b, branch: 'other' }],
    ],
  ],
  [
    'SIP-30',
    'with From <sip:c@h>;tag=a',
    [
      ['icscf1', 'scscf1', 'OPTIONS', {}],
      ['scscf1', 'icscf1', '200 OPTIONS', { to: b, from: '<sip:c@h>;tag=a' }],
    ],
  ],
  [
    'SIP-30',
    'with To <sip:c@h>;tag=b',
    [
      ['icscf1', 'scscf1', 'OPTIONS', {}],
      ['scscf1', 'icscf1', '200 OPTIONS', { to: '<sip:c@h>;tag=b' }],
    ],
  ],
  [
    'SIP-31',
    'the answer ends the repetition',
    [
      ['icscf1', 'scscf1', 'INVITE', {}],
      ['icscf1', 'scscf1', 'INVITE', { time: 500 }],
      ['scscf1', 'icscf1', '100 INVITE', { time: 510 }],
      ['icscf1', 'scscf1', 'INVITE', { time: 1_520 }],
    ],
  ],
  [
    'SIP-34',
    'over UDP it has to wait until its request is repeated no more often',
    [
      ['icscf1', 'scscf1', 'OPTIONS', {}],
      ['scscf1', 'icscf1', '100 OPTIONS', { time: 200 }],
    ],
  ],
  [
    'SIP-35',
    'under the branch of the INVITE: it has to have its own',
    [
      ['ue1', 'pcscf1', 'INVITE', {}],
      ['pcscf1', 'ue1', '200 INVITE', { to: b }],
      ['ue1', 'pcscf1', 'ACK', { to: b, branch: 'INVITE' }],
    ],
  ],
  [
    'SIP-36',
    'under a branch that no INVITE of its own has had',
    [
      ['ue1', 'pcscf1', 'INVITE', {}],
      ['pcscf1', 'ue1', '180 INVITE', { to: b }],
      ['ue1', 'pcscf1', 'CANCEL', { branch: 'other', contact: null }],
    ],
  ],
  [
    'SIP-36',
    'it has to be as in its INVITE',
    [
      ['ue1', 'pcscf1', 'INVITE', {}],
      ['pcscf1', 'ue1', '180 INVITE', { to: b }],
      ['ue1', 'pcscf1', 'CANCEL', { branch: 'INVITE', contact: null, to: b }],
    ],
  ],
  [
    'SIP-36',
    'it has to wait for one',
    [
      ['ue1', 'pcscf1', 'INVITE', {}],
      ['ue1', 'pcscf1', 'CANCEL', { branch: 'INVITE', contact: null }],
    ],
  ],
  [
    'SIP-37',
    'each has to have its own',
    [
      ['ue1', 'pcscf1', 'OPTIONS', { branch: 'one' }],
      ['ue1', 'pcscf1', 'MESSAGE', { branch: 'one', cseq: 2, contact: null }],
    ],
  ],
  [
    'SIP-40',
    'it cannot route: 416 was due',
    [
      ['icscf1', 'scscf1', 'MESSAGE', { uri: 'mailto:b@h', contact: null }],
      ['scscf1', 'pcscf1', 'MESSAGE', { uri: 'mailto:b@h', contact: null, through: ['icscf1'] }],
    ],
  ],
  [
    'SIP-52',
    'is of no dialog of this call: 481 was due',
    [
      ['pcscf1', 'ue2', 'INVITE', {}],
      ['ue2', 'pcscf1', '486 INVITE', { to: b, contact: null }],
      ['pcscf1', 'ue2', 'ACK', { to: b, branch: 'INVITE', contact: null }],
      ['pcscf1', 'ue2', 'BYE', { to: '<sip:b@h>;tag=other', cseq: 2, branch: 'bye', contact: null }],
      ['ue2', 'pcscf1', '200 BYE', { to: '<sip:b@h>;tag=other', cseq: 2, branch: 'bye', contact: null }],
    ],
  ],
  [
    'SIP-56',
    'with RSeq 0',
    [
      ['pcscf1', 'ue2', 'INVITE', {}],
      ['ue2', 'pcscf1', '183 INVITE', { to: b, headers: reliably(0) }],
    ],
  ],
  [
    'REG-21',
    'came over TLS: it has to be "tls-pending"',
    [
      ['ue1', 'pcscf1', 'REGISTER', overTls],
      ['pcscf1', 'icscf1', 'REGISTER', onward(`${answered},integrity-protected="tls-yes"`)],
    ],
  ],
  [
    'REG-21',
    'came over TLS: it has to be "tls-yes"',
    [
      ['ue1', 'pcscf1', 'REGISTER', overTls],
      ['pcscf1', 'ue1', '200 REGISTER', { ...overTls, to: '<sip:a@example.org>;tag=b', headers: [] }],
      ['ue1', 'pcscf1', 'REGISTER', { ...overTls, cseq: 2, branch: 'again' }],
      [
        'pcscf1',
        'icscf1',
        'REGISTER',
        { ...onward(`${answered},integrity-protected="tls-pending"`), cseq: 2, branch: 'again' },
      ],
    ],
  ],
  [
    'REG-21',
    'came over TLS: it has to be "no"',
    [
      ['ue1', 'pcscf1', 'REGISTER', { ...overTls, headers: [authorization] }],
      ['pcscf1', 'icscf1', 'REGISTER', onward(`${authorization},integrity-protected="tls-connected"`)],
    ],
  ],
  [
    'REG-21',
    'came over TLS: it has to be "tls-connected"',
    [
      ['ue1', 'pcscf1', 'REGISTER', { ...overTls, headers: [authorization.replace('v1', 'v2')] }],
      ['pcscf1', 'icscf1', 'REGISTER', onward(`${authorization.replace('v1', 'v2')},integrity-protected="no"`)],
    ],
  ],
  [
    'REG-21',
    'but it came without TLS',
    [
      ['ue1', 'pcscf1', 'REGISTER', { ...register, headers: [answered] }],
      ['pcscf1', 'icscf1', 'REGISTER', onward(`${answered},integrity-protected="tls-yes"`)],
    ],
  ],
  [
    'SIP-42',
    'without a Via of its own on top',
    [
      ['ue1', 'pcscf1', 'MESSAGE', { contact: null }],
      ['pcscf1', 'scscf1', 'MESSAGE', { contact: null, vias: ['SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKMESSAGE-ue1'] }],
    ],
    'SIP-37',
  ],
  [
    'SIP-33',
    'for longer than 32000 ms',
    [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500, 35_500].map((time) => [
      'icscf1',
      'scscf1',
      'OPTIONS',
      { time },
    ]),
  ],
  [
    'CALL-27',
    'with Session-Expires 3600: it has to be from 90 to 1800',
    [
      ['pcscf1', 'ue2', 'INVITE', { headers: ['Session-Expires: 1800'], body: description }],
      ['ue2', 'pcscf1', '200 INVITE', { to: b, headers: ['Session-Expires: 3600;refresher=uac'], body: description }],
    ],
  ],
  [
    'SIP-57',
    'while that of its INVITE has no answer',
    [
      ['ue1', 'pcscf1', 'INVITE', { body: description }],
      ['pcscf1', 'ue1', '180 INVITE', { to: b }],
      ['ue1', 'pcscf1', 'UPDATE', { to: b, cseq: 2, body: description }],
    ],
  ],
  [
    'SIP-31',
    'over TCP, which repeats by itself',
    [
      ['ue1', 'pcscf1', 'INVITE', { transport: 'tcp' }],
      ['ue1', 'pcscf1', 'INVITE', { transport: 'tcp', time: 2_000 }],
    ],
  ],
];

describe('a demand of a rule', () => {
  it.each(broken)('%s: … %s', (rule, words, sent, ...besides) => {
    const { findings } = findingsIn(sent);
    const said = findings.map((each) => `${each.rule}: ${each.sentence}`);
    expect(said.filter((each) => each.startsWith(`${rule}: `) && each.includes(words))).not.toEqual([]);
    expect(said.filter((each) => ![rule, ...besides].some((id) => each.startsWith(`${id}: `)))).toEqual([]);
  });
});

// RFC 3261 17.1.2.2: what a timer of a busy machine does is late; that is no mistake of the node.
describe('SIP-33 where timers of the lab fired late', () => {
  const at = (...times: number[]): readonly Sent[] =>
    times.map((time) => ['icscf1', 'scscf1', 'OPTIONS', { time }] as const);
  // From 0 to 3 s; in time before and after.
  const lateMsBetween = (from: number, to: number): number => (from <= 3_000 && to >= 0 ? 3_000 : 0);
  const late = { facts: { ...facts, lateMsBetween } };

  it('takes a repetition as late as that', () => {
    expect(brokenIn(at(0, 3_500))).toEqual(['SIP-33']);
    expect(brokenIn(at(0, 3_500), late)).toEqual([]);
  });

  it('takes none that is later, or too early', () => {
    expect(brokenIn(at(0, 9_000), late)).toEqual(['SIP-33']);
    expect(brokenIn(at(0, 400), late)).toEqual(['SIP-33']);
  });

  it('takes none at another time of the run', () => {
    expect(brokenIn(at(10_000, 13_500), late)).toEqual(['SIP-33']);
  });
});
