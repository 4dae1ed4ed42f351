/** A de-registration after a restart, while the HSS itself ends the registration. TS 29.228 §6.1.2.1, §6.1.3.1; TS 23.380 4.4. */
import { homeDomain } from '../network.js';
import { identity, impi, path, scene } from './scene.js';

it('REG-74 / TS 29.228 §6.1.3.1: contacts that come from the HSS after its RTR bind nothing', () => {
  const contact = '<sip:left@192.0.2.9:5060>;expires=600000';
  const made: ReturnType<typeof scene> = scene({
    assignment: ({ serverAssignmentType }) => {
      if (serverAssignmentType !== 'NO_ASSIGNMENT') return {};
      const destination = { destinationHost: `scscf1.${homeDomain}`, destinationRealm: homeDomain };
      const order = { userName: impi, publicIdentities: [], reasonCode: 'PERMANENT_TERMINATION' } as const;
      made.hss.registrationTermination({ ...order, ...destination }, () => {});
      return {
        restorationInfo: [
          { userName: impi, contacts: [{ path: path[0]![1], contact, callId: 'left', initialCSeq: 1 }] },
        ],
      };
    },
  });
  expect(made.register({ expires: 0 }).status).toBe(481);
  made.ue.onRequest = (request) => request.reply(200);
  expect(made.send(made.ue.makeRequest('MESSAGE', identity)).status).toBe(480);
  expect(made.ue.received('MESSAGE')).toEqual([]);
});
