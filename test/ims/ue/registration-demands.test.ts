/** Demands of rules on the UE that an ordinary registration does not show: REG-13, REG-16. TS 24.229 5.1.1, 5.1.2A.1.1; RFC 3608, RFC 5626. */
import type { RegistrationOutcome } from '../../../src/ims/ue/index.js';
import { parseMessage, type SipRequest } from '../../../src/sip/index.js';
import { contactUriOf, NetworkSide } from './network-side.js';

it('REG-13, REG-14 / RFC 3608 5: several values of Service-Route are kept and preloaded in their order', () => {
  const network = new NetworkSide();
  const ue = network.ue(1);
  const serviceRoute = ['<sip:first@10.0.0.1:5060;lr>', '<sip:second@192.0.2.9:5060;lr>'];
  network.onRegister = (server) => {
    server.reply(200, {
      headers: [
        ['Contact', `<${contactUriOf(server.message)}>;expires=600`],
        ['P-Associated-URI', '<sip:a@example.org>'],
        ['Service-Route', serviceRoute.join(', ')],
      ],
    });
    return true;
  };
  expect(network.outcome<RegistrationOutcome>((done) => ue.register(done))).toMatchObject({ success: true });
  ue.message('sip:somebody@example.org', 'hello', () => {});
  network.run(1_000);
  const message = parseMessage(network.sent('MESSAGE')[0]!.text) as SipRequest;
  expect(message.values('Route').slice(1)).toEqual(serviceRoute);
});

it('REG-16 / RFC 5626 4.5: however often it has failed, the UE waits for 1800 s at most', () => {
  const network = new NetworkSide();
  network.onRegister = (server) => {
    server.reply(503);
    return true;
  };
  network.outcome<RegistrationOutcome>((done) => network.ue(1).register(done));
  network.run(20_000_000);
  const times = network.sent('REGISTER').map(({ at }) => at);
  const waits = times.slice(1).map((at, index) => at - times[index]!);
  expect(waits.length).toBeGreaterThan(10);
  expect(Math.max(...waits)).toBeLessThanOrEqual(1_800_020);
  expect(Math.min(...waits.slice(6))).toBeGreaterThanOrEqual(900_000);
});
