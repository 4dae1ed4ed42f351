/** GRUU (RFC 5627), outbound (RFC 5626) and keep-alives (RFC 6223) at the UE. */
import type { RegistrationOutcome, UeConfig } from '../../../src/ims/ue/index.js';
import {
  buildResponse,
  type Destination,
  parseMessage,
  type ServerRequest,
  type SipRequest,
} from '../../../src/sip/index.js';
import { contactUriOf, homeDomain, NetworkSide } from './network-side.js';
import { registration } from './usual-ue.js';

function withRegistration(change: Partial<UeConfig['registration']>): Partial<UeConfig> {
  return { registration: { ...registration, ...change } };
}

function registers(network: NetworkSide): SipRequest[] {
  return network.sent('REGISTER').map(({ text }) => parseMessage(text) as SipRequest);
}

/** A registrar that grants at once. `parameters` of the own Contact. */
function granting(network: NetworkSide, headers: readonly (readonly [string, string])[] = [], parameters = '') {
  network.onRegister = (server: ServerRequest) => {
    const { message } = server;
    const contact = `<${contactUriOf(message)}>;expires=${message.expires}${parameters}`;
    server.reply(200, { headers: [['Contact', contact], ...headers] });
    return true;
  };
}

describe('RFC 5627: GRUU', () => {
  const gruu = `sip:+15550100001@${homeDomain};gr=abc`;
  const parameters = `;+sip.instance="<urn:gsma:imei:35622410-000001-0>";pub-gruu="${gruu}";temp-gruu="sip:t1@${homeDomain};gr"`;

  it('4.2, 4.4.1: is asked for, and stands in Contact of what makes a dialog', () => {
    const network = new NetworkSide();
    granting(network, [], parameters);
    const ue = network.ue(1, {}, withRegistration({ gruu: true }));
    network.registered(ue);
    expect(network.registers[0]!.message.hasOption('Supported', 'gruu')).toBe(true);
    network.onRequest = (server) => {
      if (!server.isAck) server.reply(486);
      return true;
    };
    network.outcome((done) => ue.call('sip:somebody@example.org', { holdForMs: 1 }, done));
    const [invite] = network.sent('INVITE');
    expect(parseMessage(invite!.text)).toMatchObject({});
    expect((parseMessage(invite!.text) as SipRequest).header('Contact')).toMatch(`<${gruu}>;+g.3gpp.icsi-ref`);
  });

  it('is left alone where the profile does not want it', () => {
    const network = new NetworkSide();
    granting(network, [], parameters);
    const ue = network.ue(1);
    network.registered(ue);
    expect(network.registers[0]!.message.hasOption('Supported', 'gruu')).toBe(false);
    network.onRequest = (server) => {
      if (!server.isAck) server.reply(486);
      return true;
    };
    network.outcome((done) => ue.call('sip:somebody@example.org', { holdForMs: 1 }, done));
    expect((parseMessage(network.sent('INVITE')[0]!.text) as SipRequest).header('Contact')).not.toContain('gr=');
  });
});

describe('RFC 5626: outbound', () => {
  const outbound = [['Require', 'outbound']] as const;

  function flows(network: NetworkSide): Partial<UeConfig> {
    const proxy: Destination[] = (['udp', 'tcp'] as const).map((protocol) => ({
      protocol,
      endpoint: network.endpoint,
    }));
    return { proxy, ...withRegistration({ flows: 2 }) };
  }

  it('4.2: each flow has its reg-id, goes to a P-CSCF of its own, and lives by itself', () => {
    const network = new NetworkSide();
    granting(network, outbound);
    const ue = network.ue(1, {}, flows(network));
    const outcome = network.outcome<RegistrationOutcome>((done) => ue.register(done));
    expect(outcome.success).toBe(true);
    expect(outcome.reason).toMatch(/, over 2 of 2 flows$/);
    expect(network.sent('REGISTER').map(({ protocol }) => protocol)).toEqual(['udp', 'tcp']);
    const [first, second] = registers(network);
    expect(first!.header('Contact')).toMatch(/;reg-id=1$/);
    expect(second!.header('Contact')).toMatch(/;reg-id=2$/);
    expect(first!.hasOption('Supported', 'outbound')).toBe(true);
    expect(second!.callId).not.toBe(first!.callId);
    network.outcome((done) => ue.deregister(done));
    expect(registers(network).map(({ expires }) => expires)).toEqual([600_000, 600_000, 0, 0]);
    expect(ue.isRegistered).toBe(false);
  });

  it('6: of flows with one address each reads its own time, by its reg-id', () => {
    const network = new NetworkSide();
    network.onRegister = (server: ServerRequest) => {
      const { message } = server;
      const contacts = [1, 2].map((flow) => `<${contactUriOf(message)}>;reg-id=${flow};expires=${flow * 1000}`);
      server.reply(200, { headers: [['Contact', contacts.join(', ')], ...outbound] });
      return true;
    };
    const ue = network.ue(1, {}, flows(network));
    network.outcome((done) => ue.register(done));
    network.run(999_000);
    // At half time each: 500 s, 1000 s for the first one, 1000 s for the second.
    expect(registers(network).map((message) => /reg-id=(\d)/.exec(message.header('Contact')!)?.[1])).toEqual([
      '1',
      '2',
      '1',
    ]);
  });

  it('4.3: ob stands in Contact of a dialog without GRUU; the second flow serves when the first is gone', () => {
    const network = new NetworkSide();
    granting(network, outbound);
    const ue = network.ue(1, {}, flows(network));
    network.outcome((done) => ue.register(done));
    network.onRequest = (server) => {
      if (!server.isAck) server.reply(486);
      return true;
    };
    network.outcome((done) => ue.call('sip:somebody@example.org', { holdForMs: 1 }, done));
    expect((parseMessage(network.sent('INVITE')[0]!.text) as SipRequest).header('Contact')).toContain(';ob>');
  });

  it('6: a network without Require: outbound gets one flow, and that is said', () => {
    const network = new NetworkSide();
    granting(network);
    const ue = network.ue(1, {}, flows(network));
    expect(network.outcome((done) => ue.register(done))).toMatchObject({ success: true });
    expect(network.registers).toHaveLength(1);
    expect(network.notes.map(({ what }) => what)).toEqual(['info.outboundNotUsed']);
  });

  it('6, REG-46: 439 is answered with a REGISTER without reg-id', () => {
    const network = new NetworkSide();
    const ue = network.ue(1, {}, flows(network));
    network.onRegister = (server) => {
      if (!server.message.header('Contact')!.includes('reg-id')) return false;
      server.reply(439);
      return true;
    };
    expect(network.outcome((done) => ue.register(done))).toMatchObject({ success: true });
    expect(registers(network).map((message) => message.hasOption('Supported', 'outbound'))).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('RFC 6223, RFC 5626 4.4: keep-alive', () => {
  const keeping = withRegistration({ keepAliveMs: 29_000 });

  it.each([
    [15, 12_000, 15_000],
    [0, 23_200, 29_000],
  ])('4.1, 4.3: keep=%i in the Via that comes back is the agreement', (seconds, least, most) => {
    const network = new NetworkSide();
    network.onRegister = (server) => {
      const { message } = server;
      const granted = { headers: [['Contact', `<${contactUriOf(message)}>;expires=600000`]] } as const;
      server.respond(buildResponse(message, 200, granted).text.replace(/;keep\b/, `;keep=${seconds}`));
      return true;
    };
    const ue = network.ue(1, {}, keeping);
    network.registered(ue);
    network.run(1000 * 100);
    const times = network.wire.filter(({ from }) => from === '10.0.0.11').map(({ at }) => at);
    const waits = times.slice(1).map((at, index) => at - times[index]!);
    expect(waits.length).toBeGreaterThan(2);
    for (const wait of waits) {
      expect(wait).toBeGreaterThanOrEqual(least);
      expect(wait).toBeLessThanOrEqual(most + 20);
    }
    expect(network.registers).toHaveLength(1);
  });

  it('4.1: Via offers it; without an agreement nothing is sent', () => {
    const network = new NetworkSide();
    const ue = network.ue(1, {}, keeping);
    network.registered(ue);
    expect(network.registers[0]!.message.topVia.text).toMatch(/;keep(;|$)/);
    network.run(120_000);
    expect(network.wire).toHaveLength(0);
  });

  it('RFC 5626 4.4, 5.4: Flow-Timer sets the pace, and a flow without an answer is registered anew', () => {
    const network = new NetworkSide();
    granting(network, [['Flow-Timer', '20']]);
    const ue = network.ue(1);
    network.registered(ue);
    network.run(60_000);
    const pings = network.wire.filter(({ from }) => from === '10.0.0.11');
    expect(pings.length).toBeGreaterThanOrEqual(3);
    expect(pings[0]!.text).toHaveLength(20);
    expect(network.registers).toHaveLength(1);
    network.simulation.links.setDefaults({ loss: 1 });
    network.run(70_000);
    network.simulation.links.setDefaults({ loss: 0 });
    network.run(40_000);
    expect(network.notes.map(({ what }) => what)).toContain('cause.flowFailed');
    expect(network.registers.length).toBeGreaterThanOrEqual(2);
    expect(ue.isRegistered).toBe(true);
  });
});
