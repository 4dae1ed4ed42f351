import fc from 'fast-check';
import { cxDictionary } from '../../../src/diameter/index.js';
import type { MessageRecord } from '../../../src/environment/index.js';
import { compareGolden } from '../../../src/regression/index.js';
import { TestFolder, topologyText } from '../../topology/files.js';
import { flowOf, message, playedFlow } from './flow.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

/** Where a step begins among messages that are under way is not part of the flow. */
const compared = (flow: string) => flow.replace(/^#.*\n/gm, '');

const scenario = 'profiles/scenarios/register-and-call.yaml';

describe('the flow of a scenario', () => {
  it('is the same from any seed, and on sockets', async () => {
    const topology = folder.write(
      'golden.yaml',
      topologyText((text) => text.replaceAll('127.0.9.', '127.0.14.')),
    );
    const golden = await playedFlow(scenario, topology, { seed: 1 });
    expect(golden.split('\n').length).toBeGreaterThan(100);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 999_999_999 }), async (seed) => {
        expect(compared(await playedFlow(scenario, topology, { seed }))).toBe(compared(golden));
      }),
      { numRuns: 5 },
    );
    expect(compared(await playedFlow(scenario, topology, 'real'))).toBe(compared(golden));
  });

  it('differs between topologies', async () => {
    const one = await playedFlow(scenario, 'topologies/volte.yaml', { seed: 1 });
    const other = await playedFlow(scenario, 'topologies/volte-two-scscf.yaml', { seed: 1 });
    expect(compareGolden(one, other)).toBeDefined();
  });
});

const register = (values: {
  tag: string;
  branch: string;
  call: string;
  cseq: number;
  expires?: number;
  more?: string;
}) =>
  `REGISTER sip:home.example SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=${values.branch};rport
From: <sip:user@home.example>;tag=${values.tag}
To: <sip:user@home.example>
Call-ID: ${values.call}
CSeq: ${values.cseq} REGISTER
Contact: <sip:user@192.0.2.1:5060>
Expires: ${values.expires ?? 600}
${values.more ?? ''}Max-Forwards: 70
Content-Length: 0

`;

const known = { tag: 'abc', branch: 'z9hG4bK1', call: 'c@192.0.2.1', cseq: 7 };

const token = fc.stringMatching(/^[a-z0-9]{6,20}$/);
const madeUp = fc.record({
  tag: token,
  branch: token.map((text) => `z9hG4bK${text}`),
  call: token.map((text) => `${text}@192.0.2.1`),
  cseq: fc.integer({ min: 0, max: 2 ** 31 - 10 }),
});

describe('a line', () => {
  it('names nodes, and values by role', () => {
    expect(flowOf([message('a b', register(known))]).split('\n')).toEqual([
      '# test',
      '# go',
      'a → b  REGISTER sip:home.example | Via: <branch a>;rport | From: <sip:user@home.example>;tag=<tag a> | ' +
        'To: <sip:user@home.example> | Call-ID: <call-1> | CSeq: #1 REGISTER | Contact: <sip:user@a> | Expires: 600 | ' +
        'Max-Forwards: 70',
      '',
    ]);
  });

  it('is the same whatever is made up', () => {
    const expected = flowOf([message('a b', register(known))]);
    fc.assert(
      fc.property(madeUp, (values) => {
        expect(flowOf([message('a b', register(values))])).toBe(expected);
      }),
    );
  });

  it('does not follow the order of headers, their compact names, nor the order within a set (RFC 3261 7.3)', () => {
    const one = register({ ...known, more: 'Supported: path, timer\n' });
    const other = one
      .replace('Supported: path, timer\n', '')
      .replace('Call-ID:', 'i:')
      .replace('From:', 'k: timer\nf:')
      .replace('To:', 'Supported: path\nt:');
    expect(flowOf([message('a b', other)])).toBe(flowOf([message('a b', one)]));
  });

  it('shows a change of what matters', () => {
    const changes = [
      { ...known, expires: 0 },
      { ...known, more: 'P-Access-Network-Info: IEEE-802.11\n' },
      { ...known, more: 'Require: sec-agree\n' },
    ];
    const golden = flowOf([message('a b', register(known))]);
    for (const values of changes) {
      expect(compareGolden(golden, flowOf([message('a b', register(values))]))).toMatchObject({ count: 1 });
    }
  });

  it('of what was sent once more says so', () => {
    const record = message('a b', register(known));
    expect(flowOf([record, record]).split('\n').at(-2)).toBe('a → b  REGISTER sip:home.example | again');
  });

  it('tells of a fault', () => {
    const record: MessageRecord = {
      ...message('a b', register(known)),
      fault: { name: 'drop REGISTER', effect: 'dropped' },
    };
    expect(flowOf([record])).toMatch(/ \| fault: dropped, drop REGISTER\n$/);
  });

  it('is the same whether a link lost a message or not', () => {
    const sent = message('a b', register(known));
    const lost = { ...sent, fault: { name: 'link loss', effect: 'lost' } as const };
    expect(flowOf([lost])).toBe(flowOf([sent]));
  });

  it('of any octets is one line', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (octets, isSip) => {
        const bytes = Buffer.from(octets);
        const record = isSip
          ? message('a b', bytes.toString('latin1'), 'garbage')
          : message('a b', bytes, 'garbage of Diameter');
        expect(flowOf([record]).split('\n')).toHaveLength(4);
      }),
    );
  });
});

describe('a session description', () => {
  const invite = (body: string) => `INVITE sip:other@home.example SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK2
From: <sip:user@home.example>;tag=abc
To: <sip:other@home.example>
Call-ID: c2
CSeq: 1 INVITE
Content-Type: application/sdp

${body}`;
  const sdp = (session: number, version: number, port: number) =>
    `v=0\no=- ${session} ${version} IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\nm=audio ${port} RTP/AVP 104\na=sendrecv\n`;

  it('is whole where it is new: numbers of sessions and ports are left out, a direction is not', () => {
    const flow = flowOf([message('a b', invite(sdp(1884082375, 1, 20000)))]);
    expect(flow).toContain('o=- <session a> +0 IN IP4 a | s=- | c=IN IP4 a | t=0 0 | m=audio <port> RTP/AVP 104');
    expect(flowOf([message('a b', invite(sdp(77, 3, 4000)))])).toBe(flow);
    const held = invite(sdp(77, 3, 4000).replace('sendrecv', 'sendonly'));
    expect(compareGolden(flow, flowOf([message('a b', held)]))?.lines).toEqual([
      '@@ go @@',
      '  a → b  INVITE sip:other@home.example',
      '-     a=sendrecv',
      '+     a=sendonly',
    ]);
  });
});

describe('Diameter', () => {
  /** A UAA of the Cx application, with the result as experimental one. */
  function userAuthorizationAnswer(hopByHop: number, result: number): Buffer {
    const avp = (code: number, data: Buffer, vendor = 0): Buffer => {
      const header = Buffer.alloc(vendor === 0 ? 8 : 12);
      header.writeUInt32BE(code, 0);
      header.writeUIntBE(header.length + data.length, 5, 3);
      header[4] = vendor === 0 ? 0x40 : 0xc0;
      if (vendor !== 0) header.writeUInt32BE(vendor, 8);
      return Buffer.concat([header, data, Buffer.alloc((4 - (data.length % 4)) % 4)]);
    };
    const number = (value: number): Buffer => {
      const data = Buffer.alloc(4);
      data.writeUInt32BE(value);
      return data;
    };
    const avps = Buffer.concat([
      avp(263, Buffer.from(`b.home.example;${hopByHop};1`)),
      avp(297, Buffer.concat([avp(266, number(10415)), avp(298, number(result))])),
    ]);
    const header = Buffer.alloc(20);
    header[0] = 1;
    header.writeUIntBE(20 + avps.length, 1, 3);
    header[4] = 0x40;
    header.writeUIntBE(300, 5, 3);
    header.writeUInt32BE(cxDictionary.id, 8);
    header.writeUInt32BE(hopByHop, 12);
    header.writeUInt32BE(hopByHop + 1, 16);
    return Buffer.concat([header, avps]);
  }

  it('has AVPs by name, identifiers by role', () => {
    const flow = flowOf([message('b a', userAuthorizationAnswer(4711, 2001), 'UAA 2001 FIRST_REGISTRATION')]);
    expect(flow.split('\n')[2]).toBe(
      'b → a  UAA 2001 FIRST_REGISTRATION <hop b> | end-to-end: <end b> | ' +
        'Experimental-Result: {Experimental-Result-Code=2001 FIRST_REGISTRATION, Vendor-Id=10415} | Session-Id: <session b>',
    );
    const other = message('b a', userAuthorizationAnswer(815, 2001), 'UAA 2001 FIRST_REGISTRATION');
    expect(flowOf([other])).toBe(flow);
    const refused = message('b a', userAuthorizationAnswer(815, 5001), 'UAA 5001 USER_UNKNOWN');
    expect(compareGolden(flow, flowOf([refused]))).toMatchObject({ count: 2 });
  });
});
