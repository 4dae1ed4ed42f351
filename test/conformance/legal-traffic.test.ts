/** What the specifications allow breaks no rule, though no node of the lab does it: traces made by hand. */

import { callRules } from '../../src/conformance/rules/call.js';
import { sipRules } from '../../src/conformance/rules/sip.js';
import { brokenIn, type Sent } from './handmade.js';

const rules = [...sipRules, ...callRules];
const findingsIn = (sent: readonly Sent[]): readonly string[] => brokenIn(sent, { rules });

function audio(...lines: readonly string[]): string {
  const head = ['v=0', 'o=- 1 1 IN IP4 10.0.0.1', 's=-', 'c=IN IP4 10.0.0.1', 't=0 0'];
  return [...head, ...lines, ''].join('\r\n');
}

const pcmu = audio('m=audio 5000 RTP/AVP 0');
function inParts(description: string): string {
  const other = '--x\r\nContent-Type: application/pidf+xml\r\n\r\n<x/>';
  return `--x\r\nContent-Type: application/sdp\r\n\r\n${description}\r\n${other}\r\n--x--\r\n`;
}

const b = '<sip:b@h>;tag=b';
const c = '<sip:b@h>;tag=c';
const reliably = (sequence: number) => ['Require: 100rel', `RSeq: ${sequence}`];

/** Of an INVITE of ue1 that pcscf1 has forked: its own branch before ue1's. */
const forked = (branch: string): readonly string[] => [
  `SIP/2.0/UDP 10.1.0.1:5060;branch=z9hG4bK${branch}`,
  'SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKINVITE-ue1',
];
const crossing = (contact: string): readonly Sent[] => [
  ['ue1', 'pcscf1', 'INVITE'],
  ['ue2', 'pcscf1', '180 INVITE', { to: b, vias: forked('one'), contact: '<sip:b@10.0.0.2>' }],
  ['as1', 'pcscf1', '180 INVITE', { to: c, vias: forked('two'), contact: '<sip:c@10.1.0.9>' }],
  ['pcscf1', 'ue1', '180 INVITE', { to: b, contact }],
  ['pcscf1', 'ue1', '180 INVITE', { to: c, contact: '<sip:c@10.1.0.9>' }],
];

const legal: readonly (readonly [rule: string, what: string, sent: readonly Sent[]])[] = [
  [
    'SIP-56',
    'each transaction has its own RSeq (RFC 3262 3)',
    [
      ['pcscf1', 'ue2', 'INVITE'],
      ['ue2', 'pcscf1', '183 INVITE', { to: b, headers: reliably(500), body: pcmu }],
      ['pcscf1', 'ue2', 'PRACK', { to: b, cseq: 2, headers: ['RAck: 500 1 INVITE'] }],
      ['ue2', 'pcscf1', '200 PRACK', { to: b, cseq: 2 }],
      ['ue2', 'pcscf1', '200 INVITE', { to: b }],
      ['pcscf1', 'ue2', 'INVITE', { branch: 'again', to: b, cseq: 3 }],
      ['ue2', 'pcscf1', '183 INVITE', { branch: 'again', to: b, cseq: 3, headers: reliably(9), body: pcmu }],
    ],
  ],
  [
    'SIP-56',
    'the callee of a PRACK is no node of the lab',
    [
      ['ue1', 'pcscf1', 'INVITE'],
      ['pcscf1', 'ue1', '183 INVITE', { to: b, headers: reliably(7) }],
      ['ue1', 'pcscf1', 'PRACK', { to: b, cseq: 2, headers: ['RAck: 7 1 INVITE'] }],
    ],
  ],
  [
    'SIP-52',
    'each dialog of a forked INVITE counts by itself (RFC 3261 12.2.1.1)',
    [
      ['ue1', 'pcscf1', 'INVITE'],
      ['pcscf1', 'ue1', '183 INVITE', { to: b }],
      ['pcscf1', 'ue1', '183 INVITE', { to: c }],
      ['ue1', 'pcscf1', 'UPDATE', { branch: 'u1', to: c, cseq: 2 }],
      ['pcscf1', 'ue1', '200 UPDATE', { branch: 'u1', to: c, cseq: 2 }],
      ['ue1', 'pcscf1', 'OPTIONS', { to: b, cseq: 2 }],
    ],
  ],
  [
    'SIP-30',
    'From and To are written anew (RFC 3261 20)',
    [
      ['ue1', 'pcscf1', 'OPTIONS', { from: '"A" <sip:a@h>;tag=a' }],
      ['pcscf1', 'ue1', '200 OPTIONS', { from: '"A"<sip:a@H> ; tag=a', to: '<SIP:b@H>;tag=b' }],
    ],
  ],
  [
    'SIP-10',
    'empty lines stand before the start line (RFC 3261 7.5)',
    [['ue1', 'pcscf1', 'OPTIONS', { before: '\r\n\r\n' }]],
  ],
  [
    'SIP-57',
    'each dialog of a forked INVITE has its own offer (RFC 3261 13.1)',
    [
      ['ue1', 'pcscf1', 'INVITE', { body: pcmu }],
      ['pcscf1', 'ue1', '183 INVITE', { to: b, body: pcmu }],
      ['pcscf1', 'ue1', '183 INVITE', { to: c, body: pcmu }],
      ['ue1', 'pcscf1', 'UPDATE', { branch: 'u1', to: b, cseq: 2, body: pcmu }],
      ['ue1', 'pcscf1', 'UPDATE', { branch: 'u2', to: c, cseq: 3, body: pcmu }],
    ],
  ],
  [
    'CALL-51',
    'the offer stands in a part of the body (RFC 5621)',
    [
      ['pcscf1', 'ue2', 'INVITE'],
      ['ue2', 'pcscf1', '200 INVITE', { to: b, body: inParts(pcmu), type: 'multipart/mixed;boundary=x' }],
    ],
  ],
  [
    'CALL-23',
    'a static payload type needs no rtpmap (RFC 3551 6)',
    [
      ['pcscf1', 'ue2', 'INVITE', { body: pcmu }],
      ['ue2', 'pcscf1', '200 INVITE', { to: b, body: `${pcmu}a=rtpmap:0 PCMU/8000\r\n` }],
    ],
  ],
];

const refreshed = { to: b, contact: '<sip:b@10.0.0.2:5070>' };
/** ue1 calls; the callee then moves, with an UPDATE of its own that ue1 grants, or is too late to. */
function moved(status: number): readonly Sent[] {
  const update = { branch: 'm', from: b, to: '<sip:a@h>;tag=a', cseq: 7 };
  return [
    ['ue1', 'pcscf1', 'INVITE'],
    ['pcscf1', 'ue1', '200 INVITE', { to: b }],
    ['ue1', 'pcscf1', 'ACK', { branch: 'k', to: b }],
    ['pcscf1', 'ue1', 'UPDATE', { ...update, uri: 'sip:a@10.0.0.1', contact: refreshed.contact }],
    ['ue1', 'pcscf1', `${status} UPDATE`, update],
  ];
}

/** What ue1 sends ten seconds later, or at once. */
const then = (uri: string, time?: number): Sent => [
  'ue1',
  'pcscf1',
  'BYE',
  { to: b, cseq: 2, uri, contact: null, ...(time === undefined ? {} : { time }) },
];

describe('SIP-51 / RFC 3261 12.2.1.2: the target of a dialog', () => {
  it.each([
    ['the new one after a refresh', moved(200), then('sip:b@10.0.0.2:5070', 10_000), []],
    ['the old one no more', moved(200), then('sip:b@10.0.0.2', 10_000), ['SIP-51']],
    ['the old one as long as the refresh may have been on its way', moved(200), then('sip:b@10.0.0.2'), []],
    ['the old one where the refresh was refused', moved(500), then('sip:b@10.0.0.2', 10_000), []],
    ['no other', moved(200), then('sip:c@10.0.0.2', 10_000), ['SIP-51']],
  ] as const)('is %s', (_, dialog, request, broken) => expect(findingsIn([...dialog, request])).toEqual(broken));
});

describe('SIP-21 / RFC 3261 18.2.1: a name in sent-by', () => {
  const via = 'SIP/2.0/UDP ue.example.org:5060;branch=z9hG4bKn';
  const answered = (noted: string): readonly Sent[] => [
    ['ue1', 'pcscf1', 'OPTIONS', { vias: [via] }],
    ['pcscf1', 'ue1', '200 OPTIONS', { to: b, vias: [`${via}${noted}`] }],
  ];
  it('wants received', () => {
    expect(findingsIn(answered(';received=10.0.0.1'))).toEqual([]);
    expect(findingsIn(answered(''))).toEqual(['SIP-21']);
  });
});

describe('CALL-13 / TS 24.229 5.2.6: a charging identity', () => {
  const terminating = (to: string, toPort: number): readonly Sent[] => [
    ['scscf1', 'pcscf1', 'INVITE', { headers: ['P-Charging-Vector: icid-value=1;orig-ioi="Type 1h"'] }],
    ['pcscf1', to, 'INVITE', { through: ['scscf1'], toPort, headers: ['Record-Route: <sip:10.1.0.1;lr>'] }],
  ];
  it('is not for a UE, whichever port it has', () => {
    expect(brokenIn(terminating('10.0.0.2', 5_070))).not.toContain('CALL-13');
    expect(brokenIn(terminating('scscf1', 5_060))).toContain('CALL-13');
  });
  it('is not missed at a node that was sent none', () => {
    const passedOn = (vector: string): readonly Sent[] => [
      ['scscf1', 'icscf1', 'INVITE', { headers: vector === '' ? [] : [vector] }],
      ['icscf1', 'scscf1', 'INVITE', { through: ['scscf1'] }],
    ];
    expect(brokenIn(passedOn(''))).not.toContain('CALL-13');
    expect(brokenIn(passedOn('P-Charging-Vector: icid-value=1;orig-ioi=h'))).toContain('CALL-13');
  });
});

describe('SIP-52 / RFC 3261 12.2.2: a request with a lower CSeq', () => {
  const granted = (status: number): readonly Sent[] => [
    ['pcscf1', 'ue2', 'INVITE', { body: pcmu }],
    ['ue2', 'pcscf1', '200 INVITE', { to: b, body: pcmu }],
    ['pcscf1', 'ue2', 'INFO', { to: b, cseq: 9 }],
    ['ue2', 'pcscf1', '200 INFO', { to: b, cseq: 9 }],
    ['pcscf1', 'ue2', 'BYE', { to: b, cseq: 3 }],
    ['ue2', 'pcscf1', `${status} BYE`, { to: b, cseq: 3 }],
  ];
  it('is not granted', () => {
    expect(findingsIn(granted(500))).toEqual([]);
    expect(findingsIn(granted(200))).toEqual(['SIP-52']);
  });
});

describe('legal traffic breaks no rule', () => {
  it('SIP-47 / RFC 3261 16.7: of a forked INVITE each answer is judged by what came from its own callee', () => {
    const proxied = { rules: rules.filter(({ id }) => id === 'SIP-47') };
    expect(brokenIn(crossing('<sip:b@10.0.0.2>'), proxied)).toEqual([]);
    expect(brokenIn(crossing('<sip:c@10.1.0.9>'), proxied)).toEqual(['SIP-47']);
  });

  it.each(legal)('%s: %s', (_, __, sent) => expect(findingsIn(sent)).toEqual([]));
});
