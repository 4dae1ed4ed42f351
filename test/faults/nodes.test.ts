import { register, sip } from '../selection/messages.js';
import { cases, FaultLab, openChannel } from './fault-lab.js';

const bye = sip(['BYE sip:a SIP/2.0', 'CSeq: 1 BYE']);
const kinds = cases.filter(({ transport, name }) => transport === 'tcp' && name.endsWith('IPv4'));

describe.each(cases)('crash: $name', ({ kind, transport, addresses }) => {
  let lab: FaultLab;

  beforeEach(() => {
    lab = new FaultLab(kind);
  });
  afterEach(() => lab.close());

  it('nothing reaches it, nothing leaves it, and its peers are told by a reset', async () => {
    const channel = await openChannel(lab, transport, addresses);
    channel.one.send(register);
    await lab.until(() => channel.other.received.length === 1);
    lab.layer.crash('pcscf1');
    lab.layer.crash('pcscf1');
    channel.other.send(bye);
    channel.one.send(register);
    await lab.wait(20);
    expect(channel.other.received).toHaveLength(1);
    expect(channel.one.received).toEqual([]);
    if ('closes' in channel.one) {
      await lab.until(() => (channel.one as unknown as { closes: unknown[] }).closes.length === 1);
      expect(channel.one.closes).toEqual(['ECONNRESET']);
      expect((channel.other as unknown as { closes: unknown[] }).closes).toEqual([]);
    }
    expect(lab.notes.map(({ what }) => what)).toEqual(['fault.crashed']);
  });
});

describe.each(kinds)('nodes: $kind', ({ kind, addresses: [a, b] }) => {
  let lab: FaultLab;

  beforeEach(() => {
    lab = new FaultLab(kind);
  });
  afterEach(() => lab.close());

  it('crash: its timers never fire, what it asks for never comes, and its next life has its ports', async () => {
    const node = lab.node('hss1', a);
    const socket = await node.bind();
    const { port } = socket.local;
    const fired: string[] = [];
    node.environment.clock.setTimer(5, () => fired.push('before'));
    node.environment.clock.setTimer(0, () => fired.push('at once'));
    lab.layer.crash('hss1');
    node.environment.clock.setTimer(1, () => fired.push('after')).cancel();
    node.environment.network.bindDatagram(
      { address: a, port: 0 },
      { onListening: () => fired.push('bound'), onDatagram: () => undefined, onError: () => fired.push('failed') },
    );
    node.environment.network.listenStream(
      { address: a, port: 0 },
      {
        onListening: () => fired.push('listens'),
        onConnection: () => ({}) as never,
        onError: () => fired.push('failed'),
      },
    );
    node.environment.network.connectStream(
      { address: a, port: 0 },
      { address: b, port: 9 },
      { onOpen: () => fired.push('open'), onData: () => undefined, onClose: () => fired.push('closed') },
    );
    await lab.wait(20);
    expect(fired).toEqual([]);
    const again = lab.node('hss1', a);
    await lab.wait(5);
    const socketAgain = await again.bind(port);
    expect(socketAgain.local.port).toBe(port);
    again.environment.clock.setTimer(1, () => fired.push('lives'));
    await lab.until(() => fired.includes('lives'));
  });

  it('crash: what a fault had delayed does not leave any more', async () => {
    const channel = await openChannel(lab, 'udp', [a, b]);
    lab.plant({ do: 'delay', byMs: 10 }, 'REGISTER');
    channel.one.send(register);
    lab.layer.crash('ue1');
    await lab.wait(30);
    expect(channel.other.received).toEqual([]);
  });

  it('step-clock: now jumps, pending timers are due so much earlier and in their order, others are not touched', async () => {
    const node = lab.node('ue1', a);
    const { clock } = node.environment;
    const other = lab.node('ue2', b).environment.clock;
    const fired: string[] = [];
    const start = clock.now();
    clock.setTimer(3_600_000, () => fired.push('hour'));
    clock.setTimer(1_800_000, () => fired.push('half'));
    clock.setTimer(3_600_020, () => fired.push('rest'));
    clock.setTimer(900_000, () => fired.push('cancelled')).cancel();
    other.setTimer(1_000_000, () => fired.push('other'));
    lab.layer.stepClock('ue1', 3_600_000);
    expect(clock.now() - start).toBeGreaterThanOrEqual(3_600_000);
    expect(other.now() - start).toBeLessThan(60_000);
    expect(fired).toEqual([]);
    clock.setTimer(5, () => fired.push('new'));
    await lab.until(() => fired.includes('rest'));
    expect(fired).toEqual(['half', 'hour', 'new', 'rest']);
    lab.layer.stepClock('ue1', -5);
    expect(clock.now() - start).toBeGreaterThanOrEqual(3_600_000);
    lab.layer.stepClock('nobody', 5);
  });

  it('a timer that a timer at the same step cancels does not fire', async () => {
    const { clock } = lab.node('ue1', a).environment;
    const fired: string[] = [];
    clock.setTimer(1_000_000, () => {
      fired.push('first');
      second.cancel();
    });
    const second = clock.setTimer(1_000_001, () => fired.push('second'));
    lab.layer.stepClock('ue1', 2_000_000);
    await lab.until(() => fired.length > 0);
    await lab.wait(5);
    expect(fired).toEqual(['first']);
  });

  it('answers and injections need a node that runs', async () => {
    lab.node('ue1', a);
    lab.layer.crash('ue1');
    expect(lab.layer.inject('ue1', { address: b, port: 5060 }, 'udp', bye)).toBe('ue1 does not run');
  });
});
