/** Registrations of other kinds than the lab's break no rule: SIP Digest, several contacts, third parties, subscriptions. */
import { brokenIn, type Fields, type Sent } from './handmade.js';

const me = '<sip:a@example.org>';
const contact = '<sip:a@10.0.0.1>';
const opening = 'username="a@example.org",realm="example.org",uri="sip:example.org"';
const digest = (nonce: string, more = ''): string => `Authorization: Digest ${opening},nonce="${nonce}"${more}`;
const answered = ',response="0123456789abcdef0123456789abcdef",qop=auth,nc=00000001,cnonce="x"';
const inner = [
  'Path: <sip:t@10.1.0.1;lr>',
  'Require: path',
  'P-Visited-Network-ID: "example.org"',
  'P-Access-Network-Info: IEEE-802.11',
];
const charging = (icid: number): string => `P-Charging-Vector: icid-value="${icid}";orig-ioi="Type 1example.org"`;

const register = (cseq: number, authorization: string, fields: Fields = {}): Sent => [
  'ue1',
  'pcscf1',
  'REGISTER',
  {
    branch: `r${cseq}`,
    uri: 'sip:example.org',
    from: `${me};tag=a${cseq}`,
    to: me,
    callId: 'r',
    cseq,
    contact: `${contact};expires=600`,
    headers: [authorization],
    ...fields,
  },
];

const forwarded = (cseq: number, authorization: string): Sent => {
  const [, , start, fields] = register(cseq, authorization);
  return [
    'pcscf1',
    'scscf1',
    start,
    { ...fields, through: ['ue1'], headers: [authorization, ...inner, charging(cseq)] },
  ];
};

const toUe = (status: number, cseq: number, headers: readonly string[], fields: Fields = {}): Sent => [
  'pcscf1',
  'ue1',
  `${status} REGISTER`,
  {
    branch: `r${cseq}`,
    from: `${me};tag=a${cseq}`,
    to: `${me};tag=s`,
    callId: 'r',
    cseq,
    contact: status === 200 ? `${contact};expires=600` : null,
    headers,
    ...fields,
  },
];

const challenged = 'WWW-Authenticate: Digest realm="example.org",nonce="n1",algorithm=MD5,qop="auth"';
const granted = [
  'P-Associated-URI: <sip:a@example.org>',
  'Service-Route: <sip:orig@10.1.0.3;lr>',
  'Authentication-Info: nextnonce="n2",qop=auth',
];

/** First without an algorithm, then as it was challenged. */
const byDigest: readonly Sent[] = [
  register(1, digest('', ',response=""')),
  forwarded(1, digest('', ',response=""')),
  toUe(401, 1, [challenged]),
  register(2, digest('n1', `${answered},algorithm=MD5`)),
  forwarded(2, digest('n1', `${answered},algorithm=MD5,integrity-protected="ip-assoc-pending"`)),
  toUe(200, 2, granted),
];

describe('SIP Digest (TS 24.229 5.1.1.2.3, 5.4.1.2.1B)', () => {
  it('REG-21: goes without integrity-protected until there is a response', () => {
    expect(brokenIn(byDigest)).toEqual([]);
    const silent = byDigest.with(4, forwarded(2, digest('n1', `${answered},algorithm=MD5`)));
    expect(brokenIn(silent)).toEqual(['REG-21']);
    const aka = ',response="",algorithm=AKAv1-MD5';
    expect(brokenIn([register(1, digest('', aka)), forwarded(1, digest('', aka))])).toEqual(['REG-21']);
  });

  it('REG-12, REG-15: goes on with the nonce that the last 200 named', () => {
    const refresh = register(3, digest('n2', `${answered},algorithm=MD5`), { time: 400_000 });
    expect(brokenIn([...byDigest, refresh])).toEqual([]);
    const strange = register(3, digest('n9', `${answered},algorithm=MD5`), { time: 400_000 });
    expect(new Set(brokenIn([...byDigest, strange]))).toEqual(new Set(['REG-12', 'REG-15']));
  });

  it('REG-43: is granted with the nonce that the last 200 named', () => {
    const more = `${answered},algorithm=MD5,integrity-protected="ip-assoc-yes"`;
    const [, , start, fields] = forwarded(3, digest('n2', more));
    const [, , , answer] = toUe(200, 3, [
      ...granted,
      ...inner.slice(0, 1),
      `${charging(3)};term-ioi="Type 1example.org"`,
    ]);
    const traffic: readonly Sent[] = [
      ['pcscf1', 'scscf1', start, fields],
      ['scscf1', 'pcscf1', '200 REGISTER', { ...answer, through: ['ue1'] }],
    ];
    expect(brokenIn(traffic)).toEqual([]);
  });

  it('REG-42: stands beside AKA in a challenge', () => {
    const key = '0123456789abcdef0123456789abcdef';
    const nonce = Buffer.alloc(32, 1).toString('base64');
    const aka = `WWW-Authenticate: Digest realm="example.org",nonce="${nonce}",algorithm=AKAv1-MD5,ck="${key}",ik="${key}"`;
    const [, , start, fields] = forwarded(1, digest('', ',response="",algorithm=AKAv1-MD5,integrity-protected="no"'));
    const [, , , answer] = toUe(401, 1, [challenged, aka]);
    const both: readonly Sent[] = [
      ['pcscf1', 'scscf1', start, fields],
      ['scscf1', 'pcscf1', '401 REGISTER', { ...answer, through: ['ue1'] }],
    ];
    expect(brokenIn(both)).toEqual([]);
  });
});

describe('a third-party REGISTER (TS 24.229 5.4.1.7; CALL-80)', () => {
  const third: Fields = {
    branch: 't',
    uri: 'sip:as.example.org',
    from: '<sip:scscf.example.org>;tag=t',
    to: me,
    callId: 't',
    contact: '<sip:scscf.example.org>',
    headers: ['Expires: 600', charging(7).replace('Type 1', 'Type 3')],
  };

  it('is no registration of a UE: it has neither Authorization nor Path', () => {
    const answer = { ...third, to: `${me};tag=as`, contact: '<sip:scscf.example.org>;expires=600' };
    const traffic: readonly Sent[] = [
      ...byDigest,
      ['scscf1', 'as1', 'REGISTER', third],
      ['as1', 'scscf1', '200 REGISTER', answer],
      register(3, digest('n2', `${answered},algorithm=MD5`), { time: 400_000 }),
    ];
    expect(brokenIn(traffic)).toEqual([]);
  });
});

describe('the reg-event package (TS 24.229 5.1.1.3, 5.4.2.1)', () => {
  const subscribe: Fields = {
    branch: 's',
    uri: 'sip:a@example.org',
    from: `${me};tag=u`,
    to: me,
    callId: 's',
    contact,
    headers: ['Event: reg', 'Expires: 600000', 'Route: <sip:10.1.0.1;lr>, <sip:orig@10.1.0.3;lr>'],
  };
  const inside = [
    'Event: reg',
    'Expires: 600000',
    'Route: <sip:orig@10.1.0.3;lr>',
    'Record-Route: <sip:10.1.0.1;lr>',
    charging(9),
    'P-Asserted-Identity: <sip:a@example.org>',
  ];
  const dialog = { branch: 'n', from: `${me};tag=s`, to: `${me};tag=u`, callId: 's', uri: 'sip:a@10.0.0.1' };
  const state = ['Event: reg', 'Subscription-State: terminated;reason=noresource'];

  it('SIP-42, SIP-51, CALL-13: makes a dialog in which the network notifies', () => {
    const accepted = { ...subscribe, to: `${me};tag=s`, contact: '<sip:10.1.0.3>', headers: ['Expires: 600000'] };
    const recorded = { ...accepted, headers: [...accepted.headers, 'Record-Route: <sip:10.1.0.1;lr>'] };
    const notified = { ...dialog, contact: null, headers: [] };
    const traffic: readonly Sent[] = [
      ...byDigest,
      ['ue1', 'pcscf1', 'SUBSCRIBE', subscribe],
      ['pcscf1', 'scscf1', 'SUBSCRIBE', { ...subscribe, through: ['ue1'], headers: inside }],
      ['scscf1', 'pcscf1', '200 SUBSCRIBE', { ...recorded, through: ['ue1'] }],
      [
        'scscf1',
        'pcscf1',
        'NOTIFY',
        { ...dialog, contact: '<sip:10.1.0.3>', headers: [...state, 'Route: <sip:10.1.0.1;lr>'] },
      ],
      ['pcscf1', 'ue1', '200 SUBSCRIBE', recorded],
      ['pcscf1', 'ue1', 'NOTIFY', { ...dialog, through: ['scscf1'], contact: '<sip:10.1.0.3>', headers: state }],
      ['ue1', 'pcscf1', '200 NOTIFY', { ...notified, through: ['scscf1'] }],
      ['pcscf1', 'scscf1', '200 NOTIFY', notified],
    ];
    expect(brokenIn(traffic)).toEqual([]);
  });
});

describe('several contacts of one identity (RFC 3261 10.3)', () => {
  it('REG-12, REG-47: each registers under a Call-ID of its own, and the 200 lists both', () => {
    const second = (cseq: number): Fields => ({
      callId: 'q',
      branch: `q${cseq}`,
      contact: '<sip:a@10.0.0.1:5070>;expires=60',
    });
    const both = `${contact};expires=500, <sip:a@10.0.0.1:5070>;expires=60`;
    const traffic: readonly Sent[] = [
      ...byDigest,
      register(1, digest('', ',response=""'), second(1)),
      toUe(401, 1, [challenged.replace('n1', 'm1')], { callId: 'q', branch: 'q1' }),
      register(2, digest('m1', `${answered},algorithm=MD5`), second(2)),
      toUe(200, 2, granted.slice(0, 2), { callId: 'q', branch: 'q2', contact: both }),
    ];
    expect(brokenIn(traffic)).toEqual([]);
  });
});
