import type { FaultAction } from '../../src/faults/index.js';
import { ok, register, sip } from '../selection/messages.js';
import { type Channel, cases, FaultLab, openChannel } from './fault-lab.js';

const bye = sip(['BYE sip:a SIP/2.0', 'CSeq: 1 BYE']);

describe.each(cases)('links: $name', ({ kind, transport, addresses }) => {
  let lab: FaultLab;
  let channel: Channel;

  beforeEach(async () => {
    lab = new FaultLab(kind);
    channel = await openChannel(lab, transport, addresses);
  });
  afterEach(() => lab.close());

  it.each<[string, readonly string[], readonly string[]]>([
    ['between two', ['pcscf1'], ['ue1']],
    ['from everything', ['ue1'], []],
  ])('cut %s: datagrams are lost, streams wait until it is healed', async (_, one, other) => {
    lab.layer.cut(one, other);
    channel.one.send(register);
    channel.other.send(ok);
    await lab.wait(20);
    expect(channel.one.received).toEqual([]);
    expect(channel.other.received).toEqual([]);
    expect(lab.wire).toEqual(transport === 'udp' ? ['ue1>pcscf1 dropped', 'pcscf1>ue1 dropped'] : []);
    lab.layer.heal(one, other);
    channel.one.send(bye);
    await lab.until(() => channel.other.received.some((bytes) => bytes.equals(bye)));
    expect(channel.other.received).toEqual(transport === 'udp' ? [bye] : [register, bye]);
    if (transport === 'tcp') await lab.until(() => channel.one.received.length === 1);
    const waiting = lab.notes
      .filter(({ what }) => what === 'fault.waiting')
      .map(({ node, text }) => `${node}: ${text}`);
    expect(waiting).toEqual(
      transport === 'udp'
        ? []
        : [
            'ue1: fault: REGISTER to pcscf1 waits: the way between ue1 and pcscf1 is cut',
            'pcscf1: fault: 200 REGISTER to ue1 waits: the way between pcscf1 and ue1 is cut',
          ],
    );
    const others = lab.notes.filter(({ what }) => what !== 'fault.waiting').map(({ what }) => what);
    expect(others).toEqual(['fault.cut', 'fault.healed']);
  });

  it.each<[string, FaultAction]>([
    // So long that the cut comes first, on a busy machine too.
    ['delayed', { do: 'delay', byMs: 300 }],
    ['reordered', { do: 'reorder', holdMaxMs: 300 }],
    ['duplicated', { do: 'duplicate', afterMs: 300 }],
  ])('cut while a message is %s: it meets the cut when it leaves', async (effect, action) => {
    const isTwice = action.do === 'duplicate';
    lab.plant(action, 'REGISTER', { nth: 'every' });
    channel.one.send(register);
    if (isTwice) await lab.until(() => channel.other.received.length === 1);
    lab.layer.cut(['ue1'], ['pcscf1']);
    await lab.wait(400);
    const before = isTwice ? [register] : [];
    const plain = isTwice ? ['ue1>pcscf1'] : [];
    expect(channel.other.received).toEqual(before);
    expect(lab.wire).toEqual(transport === 'udp' ? [...plain, 'ue1>pcscf1 dropped'] : plain);
    if (transport === 'udp') {
      const name = 'the link between ue1 and pcscf1 is cut';
      expect(lab.packets.at(-1)!.fault).toEqual({ name, effect: 'dropped', injected: { name: 'f', effect } });
    }
    lab.layer.heal(['ue1'], ['pcscf1']);
    channel.one.send(bye);
    const after = transport === 'udp' ? [...before, bye] : [...before, register, bye];
    await lab.until(() => channel.other.received.length === after.length);
    expect(channel.other.received).toEqual(after);
    expect(lab.layer.struck('f')).toBe(1);
    if (transport === 'tcp') expect(lab.wire).toEqual([...plain, `ue1>pcscf1 ${effect}`, 'ue1>pcscf1']);
  });

  it('others are not cut', async () => {
    lab.layer.cut(['ue1'], ['icscf1']);
    lab.layer.cut(['scscf1'], []);
    channel.one.send(register);
    await lab.until(() => channel.other.received.length === 1);
  });

  it('inject: octets as they are, past all faults', async () => {
    lab.plant({ do: 'drop' }, 'BYE', { nth: 'every' });
    const to = lab.packets.length === 0 ? undefined : lab.packets[0]!.to;
    channel.one.send(register);
    await lab.until(() => channel.other.received.length === 1);
    const target = to ?? lab.packets[0]!.to;
    expect(lab.layer.inject('ue1', target, transport, bye)).toBeUndefined();
    await lab.until(() => channel.other.received.length === 2);
    expect(channel.other.received[1]).toEqual(bye);
    expect(lab.packets.at(-1)!.fault).toMatchObject({ effect: 'injected' });
    expect(lab.packets.at(-1)!.from).toEqual(lab.packets.findLast(({ bytes }) => bytes.equals(register))!.from);
    expect(lab.layer.inject('nobody', target, transport, bye)).toBe('nobody does not run');
    lab.layer.cut(['ue1'], ['pcscf1']);
    expect(lab.layer.inject('ue1', target, transport, bye)).toMatch(/is cut$/);
    expect(lab.layer.struck('f')).toBe(0);
  });
});

describe.each(cases.filter(({ transport }) => transport === 'tcp'))('connections: $name', ({ kind, addresses }) => {
  let lab: FaultLab;
  const [a, b] = addresses;

  beforeEach(() => {
    lab = new FaultLab(kind);
  });
  afterEach(() => lab.close());

  it('opened over a cut link: it stands when that is healed', async () => {
    const listener = await lab.node('pcscf1', b).listen();
    const ue1 = lab.node('ue1', a);
    lab.layer.cut(['ue1'], ['pcscf1']);
    const stream = ue1.connect(listener.local);
    stream.send(register);
    await lab.wait(20);
    expect(stream.isOpen).toBe(false);
    expect(lab.packets).toEqual([]);
    lab.layer.heal(['ue1'], ['pcscf1']);
    await lab.until(() => listener.streams[0]?.received.length === 1);
    expect(stream.isOpen).toBe(true);
  });

  it('opened over a cut link and given up: it ends', async () => {
    const listener = await lab.node('pcscf1', b).listen();
    lab.layer.cut(['pcscf1'], []);
    const stream = lab.node('ue1', a).connect(listener.local);
    stream.connection.destroy();
    await lab.until(() => stream.closes.length === 1);
    lab.layer.heal(['pcscf1'], []);
    await lab.wait(10);
    expect(listener.streams).toEqual([]);
    expect(stream.closes).toEqual([undefined]);
  });

  it('RFC 9293 3.8.3: nobody hears over a cut link that the other side has ended', async () => {
    const listener = await lab.node('pcscf1', b).listen();
    const stream = lab.node('ue1', a).connect(listener.local);
    await lab.until(() => stream.isOpen && listener.streams.length === 1);
    lab.layer.cut(['ue1'], ['pcscf1']);
    listener.streams[0]!.connection.destroy();
    await lab.until(() => listener.streams[0]!.closes.length === 1);
    await lab.wait(10);
    expect(stream.closes).toEqual([]);
    lab.layer.heal(['ue1'], ['pcscf1']);
    await lab.until(() => stream.closes.length === 1);
    expect(stream.closes).toEqual(['ECONNRESET']);
  });

  it('closed over a cut link: what was written goes first', async () => {
    const listener = await lab.node('pcscf1', b).listen();
    const stream = lab.node('ue1', a).connect(listener.local);
    await lab.until(() => stream.isOpen && listener.streams.length === 1);
    lab.layer.cut(['ue1'], ['pcscf1']);
    stream.send(register);
    stream.connection.close();
    stream.send(bye);
    lab.layer.heal(['ue1'], ['pcscf1']);
    await lab.until(() => listener.streams[0]!.closes.length === 1 && stream.closes.length === 1);
    expect(listener.streams[0]!.received).toEqual([register]);
    expect(stream.closes).toEqual([undefined]);
  });

  it('faults strike what was written before it was open', async () => {
    const listener = await lab.node('pcscf1', b).listen();
    const ue1 = lab.node('ue1', a);
    lab.plant({ do: 'drop' }, 'REGISTER');
    const stream = ue1.connect(listener.local);
    stream.send(register);
    stream.send(bye);
    await lab.until(() => listener.streams[0]?.received.length === 1);
    expect(listener.streams[0]!.received).toEqual([bye]);
    expect(lab.packets.map(({ kind, fault }) => `${kind} ${fault?.effect ?? ''}`)).toEqual([
      'open ',
      'data dropped',
      'data ',
    ]);
  });

  it('inject: over a new connection where there is none', async () => {
    const listener = await lab.node('pcscf1', b).listen();
    const ue1 = lab.node('ue1', a);
    expect(lab.layer.inject('ue1', listener.local, 'tcp', bye)).toMatch(/^ue1 has no address/);
    await ue1.bind();
    expect(lab.layer.inject('ue1', listener.local, 'tcp', bye)).toBeUndefined();
    await lab.until(() => listener.streams[0]?.received.length === 1);
    expect(lab.packets.at(-1)).toMatchObject({ bytes: bye, fault: { effect: 'injected' } });
  });
});

it('RFC 9293: a connection that is asked for over a link that stays cut times out', async () => {
  const lab = new FaultLab('simulated');
  const listener = await lab.node('pcscf1', '192.0.2.2').listen();
  lab.layer.cut(['ue1'], ['pcscf1']);
  const stream = lab.node('ue1', '192.0.2.1').connect(listener.local);
  await lab.wait(126_000);
  expect(stream.closes).toEqual([]);
  await lab.wait(2_000);
  expect(stream.closes).toEqual(['ETIMEDOUT']);
  lab.layer.heal(['ue1'], ['pcscf1']);
  await lab.wait(1_000);
  expect(listener.streams).toEqual([]);
});

it('what waits for a cut link is bounded', async () => {
  const lab = new FaultLab('simulated');
  const listener = await lab.node('pcscf1', '192.0.2.2').listen();
  const stream = lab.node('ue1', '192.0.2.1').connect(listener.local);
  await lab.until(() => stream.isOpen);
  lab.layer.cut(['ue1'], ['pcscf1']);
  const large = Buffer.alloc(1024 * 1024);
  for (let count = 0; count < 17; count++) stream.send(large);
  await lab.until(() => stream.closes.length === 1);
  expect(stream.closes).toEqual(['ENOBUFS']);
});
