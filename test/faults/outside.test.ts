/** Real equipment: what it sends is matched where it arrives. */
import { readField } from '../../src/selection/index.js';
import { parseMessage } from '../../src/sip/index.js';
import { invite, register, seen, sip } from '../selection/messages.js';
import { type Channel, cases, FaultLab, openChannel } from './fault-lab.js';

const bye = sip(['BYE sip:a SIP/2.0', 'CSeq: 1 BYE']);

describe.each(cases)('from outside: $name', ({ kind, transport, addresses }) => {
  let lab: FaultLab;
  let channel: Channel;
  // What comes from outside a simulation its tap has seen when it was sent.
  const shows = kind === 'real';

  beforeEach(async () => {
    lab = new FaultLab(kind);
    channel = await openChannel(lab, transport, addresses, [undefined, 'pcscf1']);
  });
  afterEach(() => lab.close());

  const effects = (): string[] => lab.packets.flatMap(({ fault }) => fault?.effect ?? []);
  const dataCount = (): number => lab.packets.filter((packet) => packet.kind === 'data').length;

  it('drop, and the next comes through', async () => {
    lab.plant({ do: 'drop' }, 'REGISTER', { pattern: { from: [addresses[0]], to: ['pcscf1'] } });
    channel.one.send(register);
    channel.one.send(register);
    channel.one.send(bye);
    await lab.until(() => channel.other.received.length === 2);
    expect(channel.other.received).toEqual([register, bye]);
    expect(effects()).toEqual(shows ? ['dropped'] : []);
    expect(lab.notes.map(({ node, what }) => `${node} ${what}`)).toEqual(['pcscf1 fault.dropped']);
    await lab.wait(5);
    expect(dataCount()).toBe(3);
  });

  it('change, delay and duplicate', async () => {
    lab.plant({ do: 'change', set: { 'Contact.expires': 5 } }, 'REGISTER');
    lab.plant({ do: 'delay', byMs: 15 }, 'INVITE', { name: 'd' });
    lab.plant({ do: 'duplicate', afterMs: 5 }, 'BYE', { name: 'e' });
    for (const bytes of [invite, register, bye]) channel.one.send(bytes);
    await lab.until(() => channel.other.received.length === 4);
    expect(readField(seen(channel.other.received[0]!), 'Contact.expires')).toEqual(['5', '5']);
    const titles = channel.other.received.slice(1).map((bytes) => bytes.toString('latin1', 0, 3));
    expect(titles.sort()).toEqual(['BYE', 'BYE', 'INV']);
    expect(effects().sort()).toEqual(shows ? ['changed', 'delayed', 'duplicated'] : []);
    if (shows)
      expect(lab.packets.find(({ fault }) => fault?.effect === 'changed')!.bytes).toEqual(channel.other.received[0]);
  });

  it('answer: from the node that it was for', async () => {
    lab.plant({ do: 'answer', status: 503 }, 'INVITE');
    channel.one.send(invite);
    await lab.until(() => channel.one.received.length === 1);
    expect(parseMessage(channel.one.received[0]!)).toMatchObject({ kind: 'response', status: 503 });
    expect(channel.other.received).toEqual([]);
    expect(effects()).toEqual(shows ? ['dropped', 'answered'] : ['answered']);
  });

  it('what no fault is about is shown once', async () => {
    lab.plant({ do: 'drop' }, 'BYE');
    channel.one.send(register);
    channel.other.send(invite);
    await lab.until(() => channel.other.received.length === 1 && channel.one.received.length === 1);
    await lab.wait(5);
    expect(dataCount()).toBe(2);
    expect(effects()).toEqual([]);
  });

  it('cut: datagrams are lost, streams wait', async () => {
    lab.layer.cut(['pcscf1'], []);
    channel.one.send(register);
    await lab.wait(10);
    expect(channel.other.received).toEqual([]);
    lab.layer.heal(['pcscf1'], []);
    channel.one.send(bye);
    await lab.until(() => channel.other.received.some((bytes) => bytes.equals(bye)));
    expect(channel.other.received).toEqual(transport === 'udp' ? [bye] : [register, bye]);
  });

  it('cut while a message is delayed: a datagram is lost, a message of a stream waits', async () => {
    lab.plant({ do: 'delay', byMs: 10 }, 'REGISTER', { nth: 'every' });
    channel.one.send(register);
    await lab.until(() => lab.layer.struck('f') === 1);
    lab.layer.cut(['pcscf1'], []);
    await lab.wait(30);
    expect(channel.other.received).toEqual([]);
    expect(effects()).toEqual(shows && transport === 'udp' ? ['dropped'] : []);
    lab.layer.heal(['pcscf1'], []);
    channel.one.send(bye);
    await lab.until(() => channel.other.received.some((bytes) => bytes.equals(bye)));
    expect(channel.other.received).toEqual(transport === 'udp' ? [bye] : [register, bye]);
    expect(lab.layer.struck('f')).toBe(1);
  });
});

describe.each(cases.filter(({ transport }) => transport === 'tcp'))('pieces: $name', ({ kind, addresses }) => {
  it('messages are found in pieces of any size', async () => {
    const lab = new FaultLab(kind);
    const channel = await openChannel(lab, 'tcp', addresses, [undefined, 'pcscf1']);
    lab.plant({ do: 'drop' }, 'REGISTER', { nth: [2] });
    const octets = Buffer.concat([register, register, bye, register]);
    for (let at = 0; at < octets.length; at += 100) {
      channel.one.send(octets.subarray(at, at + 100));
      if (at % 300 === 0) await lab.wait(2);
    }
    await lab.until(() => channel.other.received.length === 3);
    expect(channel.other.received).toEqual([register, bye, register]);
    expect(lab.layer.struck('f')).toBe(1);
    await lab.close();
  });
});
