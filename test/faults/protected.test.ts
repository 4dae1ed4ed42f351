/** Messages in ESP: faults see them in the clear, above it. */
import { readField } from '../../src/selection/index.js';
import { mirrored, sampleSet } from '../ipsec/sample-set.js';
import { invite, register, seen } from '../selection/messages.js';
import { FaultLab, type TestDatagram, type TestNode } from './fault-lab.js';

interface Pair {
  readonly lab: FaultLab;
  readonly client: TestDatagram;
  readonly server: TestDatagram;
}

/** ue1 (or somebody from outside) and pcscf1 with a set of associations. */
async function pair(kind: 'simulated' | 'real', octet: number, ueName: 'ue1' | undefined): Promise<Pair> {
  const lab = new FaultLab(kind);
  const addresses = [`127.46.${octet}.10`, `127.46.${octet}.1`] as const;
  const ue = ueName === undefined ? lab.outsider(addresses[0]) : lab.node(ueName, addresses[0]);
  const pcscf = lab.node('pcscf1', addresses[1]);
  const set = sampleSet({ addresses });
  install(ue, set);
  install(pcscf, mirrored(set));
  const server = await pcscf.bind(set.remote.serverPort);
  const client = await ue.bind(set.local.clientPort);
  let open = 0;
  for (const { environment, address } of [ue, pcscf]) environment.ipsec!.open(address, [], () => open++);
  await lab.until(() => open === 2);
  return { lab, client, server };
}

function install({ environment }: TestNode, set: ReturnType<typeof sampleSet>): void {
  environment.ipsec!.install(set);
}

describe.each(['simulated', 'real'] as const)('AKA-52: faults of protected messages, %s', (kind) => {
  it('drop, change and duplicate strike the clear message, and what travels is ESP', async () => {
    const { lab, client, server } = await pair(kind, kind === 'real' ? 1 : 2, 'ue1');
    lab.plant({ do: 'drop' }, 'INVITE', { name: 'a' });
    lab.plant({ do: 'change', set: { 'Contact.expires': 5 } }, 'REGISTER', { name: 'b' });
    lab.plant({ do: 'duplicate', afterMs: 1 }, 'REGISTER', { name: 'c', nth: [2] });
    for (const bytes of [invite, register, register]) client.send(bytes, server.local);
    await lab.until(() => server.received.length === 3);
    expect(readField(seen(server.received[0]!), 'Contact.expires')).toEqual(['5', '5']);
    expect(server.received.slice(1)).toEqual([register, register]);
    const shown = lab.packets.map(
      ({ fault, carrier }) => `${fault?.effect ?? 'sent'} ${carrier?.to.port ?? 'nowhere'}`,
    );
    expect(shown).toEqual(['dropped nowhere', 'changed 4500', 'sent 4500', 'duplicated 4500']);
    expect(lab.packets[1]!.bytes).toEqual(server.received[0]);
    await lab.close();
  });

  it('from outside, they are matched where they arrive, and shown once', async () => {
    const { lab, client, server } = await pair(kind, kind === 'real' ? 3 : 4, undefined);
    lab.plant({ do: 'change', set: { 'Contact.expires': 5 } }, 'REGISTER', { pattern: { to: ['pcscf1'] } });
    for (const bytes of [register, invite]) client.send(bytes, server.local);
    await lab.until(() => server.received.length === 2);
    expect(readField(seen(server.received[0]!), 'Contact.expires')).toEqual(['5', '5']);
    await lab.wait(5);
    // What comes from outside a simulation its tap has seen when it was sent.
    const [way, struck] = [`${client.local.address}>pcscf1`, kind === 'real' ? ' changed' : ''];
    expect(lab.wire).toEqual([way + struck, way]);
    expect(lab.packets.every(({ carrier }) => carrier?.to.port === 4500)).toBe(true);
    await lab.close();
  });
});
