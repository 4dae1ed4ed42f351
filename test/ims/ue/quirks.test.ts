/** What handsets do otherwise than they should, in REGISTER: each quirk of the table alone. */
import type { RegistrationOutcome, UeConfig } from '../../../src/ims/ue/index.js';
import { parseCredentials, type ServerRequest } from '../../../src/sip/index.js';
import { contactUriOf, homeDomain, NetworkSide } from './network-side.js';

type Quirks = UeConfig['quirks'];

function played(quirks: Quirks, rest: Partial<UeConfig> = {}) {
  const network = new NetworkSide();
  const ue = network.ue(1, {}, { quirks, ...rest });
  const outcome = network.outcome<RegistrationOutcome>((done) => ue.register(done));
  return { network, ue, outcome, registers: network.registers.map(({ message }) => message) };
}

function responseOf(server: ServerRequest): string {
  return parseCredentials(server.message.header('Authorization')!)!.response!;
}

describe('quirks of a UE', () => {
  it('Contact without a user part: the UE still finds its binding', () => {
    const { outcome, registers } = played({ contactWithoutUser: true });
    expect(outcome).toMatchObject({ success: true });
    expect(registers.map(contactUriOf)).toEqual(['sip:10.0.0.11:5060', 'sip:10.0.0.11:5060']);
  });

  it('RFC 2617 3.2.2.1: the response in upper-case digits', () => {
    const { network } = played({ upperCaseResponse: true });
    expect(responseOf(network.registers[1]!)).toMatch(/^[0-9A-F]{32}$/);
  });

  it('REG-21: integrity-protected, forged by the UE', () => {
    const { registers } = played({ forgedIntegrityProtected: 'yes' });
    for (const { header } of registers.map((message) => ({ header: message.header('Authorization')! }))) {
      expect(parseCredentials(header)!.integrityProtected).toBe('yes');
    }
  });

  it('REG-12: a new Call-ID for each attempt, and the same one for the answer to its challenge', () => {
    const { network, ue, registers } = played({ newCallId: true });
    network.outcome((done) => ue.reregister(done));
    const callIds = network.registers.map(({ message }) => message.callId);
    expect(new Set(callIds).size).toBeGreaterThanOrEqual(2);
    expect(registers[1]!.callId).toBe(registers[0]!.callId);
    expect(callIds.at(-1)).not.toBe(callIds[0]);
  });

  it('Via without rport', () => {
    const { outcome, registers } = played({ noRport: true });
    expect(outcome).toMatchObject({ success: true });
    expect(registers.every(({ topVia }) => topVia.rport === undefined)).toBe(true);
  });

  it('the first REGISTER over UDP, the answer over TCP', () => {
    const { network, outcome } = played({ answerOverTcp: true });
    expect(outcome).toMatchObject({ success: true });
    expect(network.sent('REGISTER').map(({ protocol }) => protocol)).toEqual(['udp', 'tcp']);
  });

  it('RFC 3261 10.2: a REGISTER on the heels of the de-registration', () => {
    const { network, ue } = played({ registersWhileDeregistering: true });
    network.wire.length = 0;
    const before = network.registers.length;
    network.outcome((done) => ue.deregister(done));
    const racing = network.registers.slice(before, before + 2).map(({ message }) => message);
    expect(racing.map(({ expires }) => expires)).toEqual([0, 600_000]);
    expect(racing[1]!.cseq.sequence).toBe(racing[0]!.cseq.sequence + 1);
    expect(racing[1]!.callId).toBe(racing[0]!.callId);
    const [first, second] = network.sent('REGISTER');
    expect(second!.at - first!.at).toBeLessThan(1);
  });

  it('To and From as tel URI are what the profile gives', () => {
    const { registers } = played({}, { publicIdentity: 'tel:+15550100001' });
    expect(registers[0]!.to.text).toBe('<tel:+15550100001>');
    expect(registers[0]!.requestUri).toBe(`sip:${homeDomain}`);
  });
});
