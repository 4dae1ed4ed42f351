import type { Endpoint, TraceRecord } from '../../src/environment/index.js';
import { TraceCollector } from '../../src/trace/collector.js';
import { renderLadder } from '../../src/trace/ladder.js';
import { NodeTable } from '../../src/trace/node-table.js';
import { summariseSip } from '../../src/trace/sip-summary.js';

const message = (...lines: string[]): Buffer => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');

const notify = message(
  'NOTIFY sip:ue1@192.0.2.11:5060;comp=none SIP/2.0',
  'CSeq: 2 NOTIFY',
  'Event: reg;id=1',
  'Subscription-State: terminated;reason=deactivated',
);

describe('what a message is in a line', () => {
  it.each([
    ['a request', message('REGISTER sip:ims.example SIP/2.0', 'CSeq: 1 REGISTER'), 'REGISTER sip:ims.example'],
    ['a response', message('SIP/2.0 200 OK', 'CSeq: 1 NOTIFY', 'Event: reg'), '200 OK (NOTIFY)'],
    ['RFC 6665 8.2.1: a subscription', message('SUBSCRIBE sip:a@b SIP/2.0', 'o: reg'), 'SUBSCRIBE sip:a@b (reg)'],
    ['RFC 6665 4.1.3: its state', notify, 'NOTIFY sip:ue1@192.0.2.11:5060;comp=none (reg: terminated)'],
    ['RFC 3903', message('PUBLISH sip:a@b SIP/2.0', 'Event: presence'), 'PUBLISH sip:a@b (presence)'],
    ['a NOTIFY that says nothing', message('NOTIFY sip:a@b SIP/2.0'), 'NOTIFY sip:a@b'],
    ['control characters', message('NOTIFY sip:a@b SIP/2.0', 'Event: r\x1bg'), 'NOTIFY sip:a@b (r?g)'],
  ])('%s', (_what, bytes, summary) => {
    expect(summariseSip(bytes).summary).toBe(summary);
  });

  it('in a ladder, without the URI where that is only the other end of a dialog', () => {
    const records: TraceRecord[] = [];
    const nodes = ['ue1', 'pcscf1', 'between'].map((name, index) => ({ name, addresses: [`192.0.2.${index + 1}`] }));
    const collector = new TraceCollector({
      nodes: new NodeTable(nodes),
      listeners: [(record) => records.push(record)],
    });
    const [ue, pcscf, between] = [1, 2, 3].map((host) => ({ address: `192.0.2.${host}`, port: 5060 }));
    const subscribe = message('SUBSCRIBE tel:+15550100001 SIP/2.0', 'CSeq: 1 SUBSCRIBE', 'Event: reg');
    const send = (from: Endpoint, to: Endpoint, bytes: Buffer): void =>
      collector.tap({ time: 0, protocol: 'udp', from, to, kind: 'data', bytes });
    send(ue!, pcscf!, subscribe);
    send(pcscf!, ue!, notify);
    const ladder = (): string => renderLadder(records, ['ue1', 'between', 'pcscf1'], { width: 80, colours: false });
    const narrow = ladder();
    expect(narrow).toContain('─ SUBSCRIBE (reg) ─');
    expect(narrow).toContain('─ NOTIFY (reg) ─');
    send(ue!, between!, message('OPTIONS sip:b SIP/2.0', 'CSeq: 1 OPTIONS'));
    const wide = ladder();
    expect(wide).toContain('─ SUBSCRIBE tel:+15550100001 (reg) ─');
    expect(wide).toContain('─ NOTIFY (reg: terminated) ─');
  });
});
