/** Which P-CSCF a UE goes to, what else it does after a refusal, and that it registers again when it can do more: REG-15, REG-16. */
import type { RegistrationOutcome, UeConfig } from '../../../src/ims/ue/index.js';
import { type Destination, parseMessage, type SipRequest } from '../../../src/sip/index.js';
import { NetworkSide } from './network-side.js';
import { registration } from './usual-ue.js';

const dead: Destination = { protocol: 'udp', endpoint: { address: '10.0.0.9', port: 5060 } };

/** Two P-CSCFs at two ports of one network side: the first answers `status` to whatever comes. */
function twoProxies(status: number, headers: readonly (readonly [string, string])[] = []) {
  const network = new NetworkSide();
  const first: Destination = { protocol: 'tcp', endpoint: network.endpoint };
  const second: Destination = { protocol: 'udp', endpoint: network.endpoint };
  network.onRegister = (server) => {
    if (server.message.topVia.transport !== 'TCP') return false;
    server.reply(status, { headers });
    return true;
  };
  const ue = network.ue(1, {}, { proxy: [first, second] });
  return { network, ue, first, second };
}

describe('REG-16 / TS 24.229 5.1.1.2.1: another P-CSCF', () => {
  it.each([305, 408, 480, 500, 503, 504])('after %i the next one is asked at once, and named', (status) => {
    const { network, ue } = twoProxies(status);
    const outcome = network.outcome<RegistrationOutcome>((done) => ue.register(done));
    expect(outcome).toMatchObject({ success: true });
    expect(network.sent('REGISTER').map(({ protocol }) => protocol)).toEqual(['tcp', 'udp', 'udp']);
    expect(network.notes.find(({ what }) => what === 'info.otherProxy')!.text).toBe(
      `ue1 turns from the P-CSCF at tcp://10.0.0.1:5060, which gave ${status}, to the P-CSCF at udp://10.0.0.1:5060`,
    );
  });

  it('after 403 it is not', () => {
    const { network, ue } = twoProxies(403);
    expect(network.outcome((done) => ue.register(done))).toMatchObject({ success: false, status: 403 });
    expect(network.registers).toHaveLength(1);
  });

  it('sessions go to the P-CSCF that has registered the UE', () => {
    const { network, ue } = twoProxies(503);
    network.registered(ue);
    network.outcome((done) => ue.message('sip:nobody@example.org', 'hello', done));
    expect(network.sent('MESSAGE').map(({ protocol }) => protocol)).toEqual(['udp']);
  });

  it('RFC 5626 4.5: after the last one it backs off, and begins with the next', () => {
    const network = new NetworkSide();
    network.onRegister = (server) => {
      server.reply(504);
      return true;
    };
    const proxy: Destination[] = (['udp', 'tcp'] as const).map((protocol) => ({
      protocol,
      endpoint: network.endpoint,
    }));
    const ue = network.ue(1, {}, { proxy });
    expect(network.outcome((done) => ue.register(done))).toMatchObject({ success: false, status: 504 });
    expect(network.registers).toHaveLength(2);
    network.run(61_000);
    const times = network.sent('REGISTER').map(({ at }) => at);
    expect(times.length).toBeGreaterThanOrEqual(4);
    expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(30_000);
    expect(times[3]! - times[2]!).toBeLessThan(1000);
  });

  it('305 without another one says what is missing', () => {
    const network = new NetworkSide();
    network.onRegister = (server) => {
      server.reply(305);
      return true;
    };
    const outcome = network.outcome<RegistrationOutcome>((done) => network.ue(1).register(done));
    expect(outcome.reason).toContain('the topology names no other: add one to via');
  });

  it('a registered UE whose refresh stays unanswered registers anew at the other one', () => {
    const network = new NetworkSide({ grantedSeconds: 1000 });
    const udp: Destination = { protocol: 'udp', endpoint: network.endpoint };
    const ue = network.ue(1, {}, { proxy: [udp, { ...udp, protocol: 'tcp' }] });
    network.registered(ue);
    let silent = true;
    network.onRegister = (server) => silent && server.message.topVia.transport === 'UDP';
    const outcome = network.outcome<RegistrationOutcome>((done) => ue.reregister(done), 300_000);
    silent = false;
    expect(outcome).toMatchObject({ success: true });
    expect(network.sent('REGISTER').at(-1)!.protocol).toBe('tcp');
    expect(dead.endpoint.address).toBe('10.0.0.9');
  });
});

describe('REG-15 / TS 24.229 5.1.1.4.1: the UE can do more than it has said', () => {
  const features = ['+g.3gpp.smsip', 'video'];
  const contacts = (network: NetworkSide): string[] =>
    network.sent('REGISTER').map(({ text }) => (parseMessage(text) as SipRequest).header('Contact')!);

  function change(network: NetworkSide, rest: Partial<UeConfig>) {
    return network.config(1, {}, rest);
  }

  it('it registers again at once, with the new feature tag', () => {
    const network = new NetworkSide();
    const ue = network.ue(1);
    network.registered(ue);
    ue.reconfigure(change(network, { registration: { ...registration, features } }));
    network.run(1000);
    expect(contacts(network).at(-1)).toMatch(/;\+g\.3gpp\.smsip;video$/);
    const count = contacts(network).length;
    ue.reconfigure(change(network, { registration: { ...registration, features, expires: 600_000 } }));
    network.run(1000);
    expect(contacts(network)).toHaveLength(count);
  });

  it('a change while it registers is told afterwards; before, it needs no REGISTER of its own', () => {
    const network = new NetworkSide();
    const ue = network.ue(1);
    ue.reconfigure(change(network, { registration: { ...registration, features: [] } }));
    network.run(1000);
    expect(network.registers).toHaveLength(0);
    const outcomes: RegistrationOutcome[] = [];
    ue.register((outcome) => outcomes.push(outcome));
    network.run(17);
    ue.reconfigure(change(network, { registration: { ...registration, features } }));
    network.run(1000);
    expect(outcomes).toMatchObject([{ success: true }]);
    expect(contacts(network)[0]).not.toContain('smsip');
    expect(contacts(network).at(-1)).toContain(';video');
  });
});
