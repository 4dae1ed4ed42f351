/** What stays registered when the HSS ends a registration: TS 29.228 §6.1.3.1, Identity-with-Emergency-Registration. */
import { distinctIdentity, implicitSet } from '../../../src/ims/subscription/subscriber.js';
import { resultOf } from '../cx-peer.js';
import { homeDomain, subscriber } from '../network.js';
import { hssScene, scscf1, scscf2 } from './scene.js';

/** Server-Name. */
const nameOf = (answer: object) => (answer as { readonly serverName?: string }).serverName;
const first = `sip:first@${homeDomain}`;
const other = `sip:other@${homeDomain}`;
const one = subscriber(1, {
  implicitSets: [implicitSet([distinctIdentity(first)]), implicitSet([distinctIdentity(other)])],
});
const emergency = { userName: one.privateIdentity, publicIdentity: first };

it('CX-RTR: 5012 with the one identity: it stays registered at its S-CSCF, which the HSS names as before', () => {
  const made = hssScene({ subscribers: [one], emergencies: [emergency] });
  made.sar([first]);
  expect(made.deregister({ reason: 'PERMANENT_TERMINATION' })).toMatchObject({ success: false });
  made.settle();
  const answer = made.lir(first);
  expect([resultOf(answer), nameOf(answer)]).toEqual(['success 2001', scscf1]);
  expect(resultOf(made.sar([first], 'NO_ASSIGNMENT'))).toBe('success 2001');
  // RTA is there: nothing overtakes a registration any more, and the operator may try again.
  expect(resultOf(made.sar([first], 'RE_REGISTRATION'))).toBe('success 2001');
  expect(made.deregister({ reason: 'PERMANENT_TERMINATION' })).toMatchObject({ success: false });
  expect(made.told.rtr).toHaveLength(2);
});

it('CX-RTR: 2002 with one of two: that one stays, and the other one has gone', () => {
  const made = hssScene({ subscribers: [one], emergencies: [emergency] });
  made.sar([first]);
  made.sar([other]);
  expect(made.deregister({ reason: 'PERMANENT_TERMINATION' })).toMatchObject({ success: true });
  made.settle();
  expect(made.machineCount).toBe(1);
  expect(nameOf(made.lir(first))).toBe(scscf1);
  expect(resultOf(made.sar([other], 'NO_ASSIGNMENT'))).toBe('error 5012');
});

it('CX-RTR: whoever has gone to another S-CSCF is kept for emergencies by none', () => {
  const made = hssScene({ subscribers: [one], emergencies: [emergency] });
  made.sar([first]);
  made.uar(first, 'REGISTRATION_AND_CAPABILITIES');
  made.mar(first, undefined, {}, scscf2);
  expect(resultOf(made.sar([first], 'REGISTRATION', {}, scscf2))).toBe('success 2001');
  made.settle();
  expect(made.told.rtr).toMatchObject([{ reasonCode: 'NEW_SERVER_ASSIGNED' }]);
  expect(nameOf(made.lir(first))).toBe(scscf2);
});
