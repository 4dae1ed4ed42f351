import { ConformanceRun } from '../../src/conformance/conformance-run.js';
import type { LabFacts, Rule } from '../../src/conformance/index.js';
import { rules as allRules } from '../../src/conformance/index.js';
import type { MessageRecord, PacketFault } from '../../src/environment/index.js';
import { judge, play } from './faulted.js';
import { flows } from './flows.js';

const facts: LabFacts = {
  home: 'example.org',
  roleOf: (node) => (node.startsWith('ue') ? 'ue' : node.startsWith('p') ? 'p-cscf' : 's-cscf'),
  isExternal: () => false,
};

let id = 0;

interface Sent {
  readonly from?: string;
  readonly to?: string;
  readonly time?: number;
  readonly fault?: PacketFault;
}

function sip(text: string, { from = 'ue1', to = 'p1', time = 0, fault }: Sent = {}): MessageRecord {
  id++;
  const endpoint = { address: '192.0.2.1', port: 5060 };
  return {
    kind: 'message',
    time,
    id,
    protocol: 'sip',
    transport: 'udp',
    from: endpoint,
    to: endpoint,
    fromNode: from,
    toNode: to,
    summary: '',
    bytes: Buffer.from(text, 'latin1'),
    sentIn: undefined,
    fault,
  };
}

interface Parts {
  readonly user?: string;
  readonly callId?: string;
  readonly branches?: readonly string[];
  readonly sequence?: number;
}

function headers({ user = 'a', callId = 'c', branches = ['1'], sequence = 1 }: Parts): string {
  const vias = branches.map((branch) => `Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK${branch}\r\n`).join('');
  return `${vias}From: <sip:${user}@example.org>;tag=1\r\nTo: <sip:${user}@example.org>\r\nCall-ID: ${callId}\r\nCSeq: ${sequence} REGISTER\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n`;
}

const register = (parts: Parts = {}): string => `REGISTER sip:example.org SIP/2.0\r\n${headers(parts)}`;
const ok = (parts: Parts = {}): string => `SIP/2.0 200 OK\r\n${headers(parts)}`;

/** Reports what it is asked about. */
function recorder(kinds: Partial<Rule>): { readonly rule: Rule; readonly asked: string[] } {
  const asked: string[] = [];
  const rule: Rule = {
    id: 'X-01',
    clause: 'RFC 0',
    title: 'all is well',
    request: ({ message, source }) => asked.push(`${message.method}${source === undefined ? '' : ' passed on'}`),
    response: ({ message, request, source }) =>
      asked.push(`${message.status}${request ? ' answer' : ''}${source ? ' passed on' : ''}`),
    endOfDialogue: (messages) => asked.push(`end of ${messages.length}`),
    ...kinds,
  };
  return { rule, asked };
}

const breaking = (kinds: Partial<Rule>): Rule => ({
  id: 'X-02',
  clause: 'RFC 0',
  title: 'nothing is sent',
  request({ record }, _, report) {
    report.applies();
    report.breach(`${record.fromNode} sent something`);
  },
  ...kinds,
});

describe('a conformance run', () => {
  it('asks a rule about the kinds of messages that it names, and not about retransmissions', () => {
    const { rule, asked } = recorder({ of: ['REGISTER', '2xx REGISTER'], from: 'ue' });
    const run = new ConformanceRun(facts, [rule]);
    run.listener(sip(register()));
    run.listener(sip(register()));
    run.listener(sip(register({ branches: ['p', '1'] }), { from: 'p1', to: 's1' }));
    run.listener(sip(register({ branches: ['2'], sequence: 2 })));
    run.finish();
    expect(asked).toEqual(['REGISTER', 'REGISTER', 'end of 4']);
  });

  it('ties answers to requests, and what is passed on to what was received', () => {
    const { rule, asked } = recorder({ of: ['request', 'response REGISTER'] });
    const run = new ConformanceRun(facts, [rule]);
    run.listener(sip(register()));
    run.listener(sip(register({ branches: ['p', '1'] }), { from: 'p1', to: 's1' }));
    run.listener(sip(ok({ branches: ['p', '1'] }), { from: 's1', to: 'p1' }));
    run.listener(sip(ok(), { from: 'p1', to: 'ue1' }));
    run.listener(sip(ok({ branches: ['9'] }), { from: 'p1', to: 'ue1' }));
    run.finish();
    expect(asked).toEqual(['REGISTER', 'REGISTER passed on', '200 answer', '200 answer passed on', '200', 'end of 5']);
  });

  it.each(['dropped', 'lost'] as const)('passes on nothing that was %s', (effect) => {
    const { rule, asked } = recorder({ of: ['REGISTER'], from: 'p-cscf' });
    const run = new ConformanceRun(facts, [rule]);
    run.listener(sip(register(), { fault: { name: 'f', effect } }));
    run.listener(sip(register({ branches: ['p', '1'] }), { from: 'p1', to: 's1' }));
    expect(asked).toEqual(['REGISTER']);
  });

  it('names the fault that struck the message, or the last before it in the dialogue that changed what was said', () => {
    const run = new ConformanceRun(facts, [breaking({ of: ['REGISTER'] })]);
    run.listener(sip(register({ callId: 'a' })));
    run.listener(sip(register({ callId: 'b' }), { fault: { name: 'first', effect: 'changed' } }));
    run.listener(sip(ok({ callId: 'b' }), { fault: { name: 'second', effect: 'answered' } }));
    run.listener(sip(ok({ callId: 'b' }), { fault: { name: 'third', effect: 'delayed' } }));
    run.listener(sip(register({ callId: 'b', branches: ['2'], sequence: 2 })));
    const { findings, applied } = run.finish();
    expect(findings.map(({ fault }) => fault)).toEqual([undefined, 'first', 'second']);
    expect(findings[0]).toMatchObject({ rule: 'X-02', clause: 'RFC 0', node: 'ue1', sentence: 'ue1 sent something' });
    expect(applied).toEqual(new Map([['X-02', 3]]));
  });

  it('takes what a link lost for no excuse, but what a fault had done to it before', () => {
    const run = new ConformanceRun(facts, [breaking({ of: ['REGISTER'] })]);
    const lost = { name: 'link loss', effect: 'lost' } as const;
    run.listener(sip(register({ callId: 'a' }), { fault: lost }));
    run.listener(sip(register({ callId: 'a', branches: ['2'], sequence: 2 })));
    const changed = { name: 'first', effect: 'changed' } as const;
    run.listener(sip(register({ callId: 'b' }), { fault: { ...lost, injected: changed } }));
    run.listener(sip(register({ callId: 'b', branches: ['2'], sequence: 2 })));
    expect(run.finish().findings.map(({ fault }) => fault)).toEqual([undefined, undefined, 'first', 'first']);
  });

  it('puts what cannot be parsed before the rules for that alone', () => {
    const { rule, asked } = recorder({
      of: ['request'],
      malformed: (record, error) => asked.push(`${record.fromNode}: ${error.rule}`),
    });
    const run = new ConformanceRun(facts, [rule]);
    run.listener(sip('REGISTER  sip:example.org SIP/2.0\r\n\r\n'));
    run.finish();
    expect(asked).toEqual(['ue1: RFC 3261 7.1']);
  });

  it('forgets what is quiet, after a last look, and keeps no more than it can hold', () => {
    const { rule, asked } = recorder({ of: [] });
    const run = new ConformanceRun(facts, [rule]);
    run.listener(sip(register({ callId: 'old' })));
    run.listener(sip(register({ callId: 'young', user: 'young' }), { from: 'ue0', time: 4_000_000 }));
    expect(asked).toEqual(['end of 1']);
    for (let call = 0; call < 3_000; call++) {
      const time = 4_000_001 + 5 * call;
      run.listener(sip(register({ callId: `c${call}` }), { time }));
      run.listener(sip(ok({ callId: `c${call}` }), { from: 'p1', to: 'ue1', time: time + 2 }));
    }
    expect(run.rememberedCount).toBe(1_000);
    // Nobody has answered the young one.
    expect(run.finish().leftOutCount).toBe(1);
    expect(asked).toHaveLength(3_001);
    expect(run.rememberedCount).toBe(0);
  });

  it('says of whom it has forgotten what came before, so that what follows is compared with nothing', () => {
    const run = new ConformanceRun(facts, [recorder({ of: ['request'] }).rule]);
    const go = (ue: number, time: number, sequence: number): void => {
      const of = { callId: `c${ue}`, user: `a${ue}`, sequence, branches: [`b${sequence}`] };
      run.listener(sip(register(of), { from: `ue${ue}`, to: 'p1', time }));
      run.listener(sip(ok(of), { from: 'p1', to: `ue${ue}`, time: time + 2 }));
    };
    for (let ue = 0; ue < 1_200; ue++) go(ue, 5 * ue, 1);
    for (let ue = 0; ue < 1_200; ue++) go(ue, 20_000 + 5 * ue, 2);
    for (let ue = 0; ue < 1_200; ue++) go(ue, 40_000 + 5 * ue, 3);
    expect(run.finish()).toMatchObject({ leftOutCount: 0, cutShortCount: 1_200 });
  });

  it('does not look at UEs that come when too many others are under way, nor at half of a story', () => {
    const { rule, asked } = recorder({ of: ['request', 'response'], endOfDialogue: () => {} });
    const run = new ConformanceRun(facts, [rule]);
    const from = (ue: number) => ({ from: `ue${ue}`, to: 'p1' });
    const answer = (ue: number) => ({ from: 'p1', to: `ue${ue}` });
    const of = (ue: number, sequence = 1) => ({
      callId: `c${ue}`,
      user: `a${ue}`,
      sequence,
      branches: [`b${sequence}`],
    });
    for (let ue = 0; ue < 1_500; ue++) run.listener(sip(register(of(ue)), from(ue)));
    for (let ue = 0; ue < 1_500; ue++) run.listener(sip(ok(of(ue)), answer(ue)));
    expect(asked).toHaveLength(2_000);
    // Another call of theirs, and the same again when it has been quiet.
    run.listener(sip(register({ ...of(1_400), callId: 'other' }), { ...from(1_400), time: 2_000 }));
    expect(asked).toHaveLength(2_000);
    run.listener(sip(register(of(1_400, 2)), { ...from(1_400), time: 200_000 }));
    expect(asked).toHaveLength(2_001);
    // A flood puts out what is not at rest; what follows of it would be half of a story.
    for (let call = 0; call < 1_000; call++) {
      const options = register({ callId: `o${call}`, user: `o${call}` }).replaceAll('REGISTER', 'OPTIONS');
      run.listener(sip(options, { from: 's1', to: 'p1', time: 200_001 }));
    }
    expect(asked).toHaveLength(3_001);
    run.listener(sip(ok(of(1_400, 2)), { ...answer(1_400), time: 200_002 }));
    expect(asked).toHaveLength(3_001);
    expect(run.finish().leftOutCount).toBe(502);
  });

  it('remembers as many as the lab has UEs, so that all of a crowd are looked at, and compared with what they had sent', () => {
    const { rule, asked } = recorder({ of: ['request', 'response'], endOfDialogue: () => {} });
    const ueCount = 3_000;
    const run = new ConformanceRun({ ...facts, ueCount }, [rule]);
    const of = (ue: number, sequence: number) => ({
      callId: `c${ue}`,
      user: `a${ue}`,
      sequence,
      branches: [`${sequence}`],
    });
    for (let sequence = 1; sequence <= 2; sequence++) {
      const time = 10_000 * sequence;
      for (let ue = 0; ue < ueCount; ue++) run.listener(sip(register(of(ue, sequence)), { from: `ue${ue}`, time }));
      for (let ue = 0; ue < ueCount; ue++) run.listener(sip(ok(of(ue, sequence)), { from: 'p1', to: `ue${ue}`, time }));
    }
    expect(run.rememberedCount).toBe(ueCount);
    expect(run.finish()).toMatchObject({ leftOutCount: 0, cutShortCount: 0 });
    expect(asked).toHaveLength(4 * ueCount);
  });

  it('keeps the younger part of a Call-ID that is used again and again', () => {
    let most = 0;
    const rule = breaking({
      of: ['REGISTER'],
      request: (_, before) => {
        most = Math.max(most, before.dialogue('c').length, before.registersOf('sip:a@example.org').length);
      },
    });
    const run = new ConformanceRun(facts, [rule]);
    for (let sequence = 1; sequence <= 1_000; sequence++) {
      run.listener(sip(register({ sequence, branches: [`b${sequence}`] })));
    }
    expect(most).toBe(120);
  });

  it('lists a hundred findings of one rule', () => {
    const run = new ConformanceRun(facts, [breaking({ of: ['REGISTER'] })]);
    for (let call = 0; call < 300; call++) run.listener(sip(register({ callId: `c${call}` })));
    const { findings, applied } = run.finish();
    expect(findings).toHaveLength(100);
    expect(applied.get('X-02')).toBe(300);
  });

  it('takes octets of any kind', async () => {
    const { records, facts: labFacts } = await play(flows.registered, []);
    const messages = records.filter((record) => record.kind === 'message');
    const cut = messages.flatMap((record) =>
      [0, 1, 19, 21, 60].map((length) => ({ ...record, bytes: record.bytes.subarray(0, length) })),
    );
    expect(() => judge(labFacts, cut, allRules)).not.toThrow();
    for (let round = 1; round <= 20; round++) {
      const flipped = messages.map((record, index) => {
        const bytes = Buffer.from(record.bytes);
        for (let at = (round * 7919 + index * 104_729) % 97; at < bytes.length; at += 97)
          bytes[at]! ^= 1 << (round % 8);
        return { ...record, bytes };
      });
      expect(() => judge(labFacts, flipped, allRules)).not.toThrow();
    }
  });
});
