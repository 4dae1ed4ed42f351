/** Refreshes on demand, and registrations that are lost: TS 24.229 5.1.1.4.1, 5.1.2A.1.6; RFC 5626 4.5; spec REG-15, REG-16. */
import type { RegistrationOutcome, UeNode } from '../../../src/ims/ue/index.js';
import { parseMessage, type ServerRequest, type SipRequest } from '../../../src/sip/index.js';
import { type NetworkSettings, NetworkSide } from './network-side.js';
import { registration } from './usual-ue.js';

function registered(settings: NetworkSettings = {}, rest: Parameters<NetworkSide['ue']>[2] = {}) {
  const network = new NetworkSide(settings);
  const ue = network.ue(1, {}, rest);
  network.registered(ue);
  const outcomes: RegistrationOutcome[] = [];
  ue.onRegistration((outcome) => outcomes.push(outcome));
  return { network, ue, outcomes };
}

const asked = (network: NetworkSide): (number | undefined)[] =>
  network.sent('REGISTER').map(({ text }) => (parseMessage(text) as SipRequest).expires);

const restoration = (action = 'initial-registration'): string =>
  '<?xml version="1.0"?><ims-3gpp version="1"><alternative-service><type>restoration</type>' +
  `<reason>x</reason><action>${action}</action></alternative-service></ims-3gpp>`;

describe('on demand', () => {
  it('REG-15: a refresh is sent at once, with the last credentials and Call-ID, and times start anew', () => {
    const { network, ue } = registered({ grantedSeconds: 3600 });
    network.run(1_000_000);
    expect(network.outcome((done) => ue.reregister(done))).toMatchObject({ success: true, status: 200 });
    const [refresh] = network.sent('REGISTER');
    expect(refresh!.text).toMatch(/nonce="[^"]{40,}"/);
    expect(refresh!.text).toContain('CSeq: 3 REGISTER');
    network.wire.length = 0;
    network.run(2_900_000);
    expect(network.sent('REGISTER')).toEqual([]);
    network.run(200_000);
    expect(network.sent('REGISTER').length).toBeGreaterThan(0);
  });

  it('a refresh of nothing fails, and sends nothing', () => {
    const network = new NetworkSide();
    const ue = network.ue(1);
    const outcome = network.outcome<RegistrationOutcome>((done) => ue.reregister(done));
    expect(outcome).toMatchObject({
      success: false,
      reason: 'ue1 is not registered, so that there is nothing to refresh',
    });
    expect(network.sent('REGISTER')).toEqual([]);
    expect(ue.isRegistered).toBe(false);
  });

  it('REG-10: with a given time, which holds for the refreshes too', () => {
    const network = new NetworkSide();
    const ue = network.ue(1);
    network.outcome((done) => ue.register(done, { expires: 120 }));
    network.outcome((done) => ue.reregister(done));
    network.outcome((done) => ue.register(done, { expires: 300 }));
    expect([...new Set(asked(network))]).toEqual([120, 300]);
    expect(ue.isRegistered).toBe(true);
  });

  it('reconfigure: the time of a changed profile', () => {
    const { network, ue } = registered();
    ue.reconfigure(network.config(1, {}, { registration: { ...registration, expires: 90 } }));
    network.outcome((done) => ue.register(done));
    expect(asked(network)).toContain(90);
  });
});

describe('a refresh that fails', () => {
  it.each([500, 504])('TS 24.229 5.1.1.4.1: after %i the UE performs an initial registration at once', (status) => {
    const { network, ue, outcomes } = registered({ grantedSeconds: 600 });
    let refused = 0;
    network.onRegister = (server) => {
      if (refused++ > 0) return false;
      server.reply(status);
      return true;
    };
    network.run(310_000);
    const registers = network.sent('REGISTER').map(({ text }) => text);
    expect(registers).toHaveLength(3);
    // The refresh bears the last nonce, the initial one none.
    expect(registers[0]).toMatch(/nonce="[^"]{40,}"/);
    expect(registers[1]).toContain('nonce=""');
    expect(outcomes).toMatchObject([{ success: true }]);
    expect(ue.isRegistered).toBe(true);
    expect(network.notes.map(({ what }) => what)).toEqual(['info.registersAnew']);
  });

  it('TS 24.229 5.1.1.4.1: timer F too; while nobody answers it backs off, and is back by itself', () => {
    const { network, ue, outcomes } = registered({ grantedSeconds: 600 });
    let silent = true;
    network.onRegister = () => silent;
    network.run(300_000 + 2 * 128_000 + 1000);
    expect(ue.isRegistered).toBe(false);
    expect(outcomes).toMatchObject([{ success: false, status: undefined }]);
    silent = false;
    network.run(70_000);
    expect(outcomes).toMatchObject([{ success: false }, { success: true }]);
    expect(ue.isRegistered).toBe(true);
  });

  it('REG-16: 403 to a refresh ends it; the UE comes back only when it is told to', () => {
    const { network, ue, outcomes } = registered();
    network.onRegister = (server) => {
      server.reply(403);
      return true;
    };
    expect(network.outcome((done) => ue.reregister(done))).toMatchObject({ success: false, status: 403 });
    expect(ue.isRegistered).toBe(false);
    network.run(4_000_000);
    expect(outcomes).toHaveLength(1);
    network.onRegister = () => false;
    expect(network.outcome((done) => ue.register(done))).toMatchObject({ success: true });
  });
});

describe('told that the registration is lost (TS 24.229 5.1.2A.1.6)', () => {
  type Reply = (server: ServerRequest) => void;
  const ordered = (body: string, from: string, status = 504): Reply => {
    return (server) =>
      void server.reply(status, {
        headers: [['P-Asserted-Identity', `<sip:${from}:5060>`]],
        body,
        contentType: 'application/3gpp-ims+xml',
      });
  };

  function meets(reply: Reply, request: (ue: UeNode, done: () => void) => void) {
    const lab = registered();
    lab.network.onRequest = (server) => {
      reply(server);
      return true;
    };
    lab.network.outcome((done) => request(lab.ue, () => done(true)));
    lab.network.onRequest = () => false;
    lab.network.run(10_000);
    return lab;
  }
  const calls = (ue: UeNode, done: () => void) => void ue.call('tel:+15550100009', { holdForMs: 10 }, done);
  const messages = (ue: UeNode, done: () => void) => ue.message('tel:+15550100009', 'hello', done);

  it.each([
    ['INVITE', calls],
    ['MESSAGE', messages],
  ])('a 504 to %s with the order to: the UE registers anew at once', (_, request) => {
    const { network, ue, outcomes } = meets(ordered(restoration(), '10.0.0.1'), request);
    const [initial] = network.sent('REGISTER');
    expect(initial!.text).toContain('nonce=""');
    expect(outcomes).toMatchObject([{ success: true }]);
    expect(ue.isRegistered).toBe(true);
    expect(network.notes.map(({ what }) => what)).toContain('info.registersAnew');
  });

  it.each([
    ['another status', ordered(restoration(), '10.0.0.1', 503)],
    ['another action', ordered(restoration('emergency-registration'), '10.0.0.1')],
    ['nobody of the registered way', ordered(restoration(), '10.66.0.1')],
    ['no body', (server: ServerRequest) => void server.reply(504)],
  ])('%s: nothing happens', (_, reply) => {
    const { network, ue } = meets(reply, messages);
    expect(network.sent('REGISTER')).toEqual([]);
    expect(ue.isRegistered).toBe(true);
  });

  it('RFC 3261 8.1.3.1: no answer at all: a refresh tells what is left of the registration', () => {
    const { network, ue, outcomes } = meets(() => {}, messages);
    expect(network.sent('REGISTER').length).toBeGreaterThan(0);
    expect(outcomes).toMatchObject([{ success: true }]);
    expect(ue.isRegistered).toBe(true);
  });
});
