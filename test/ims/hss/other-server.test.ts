/** REG-61, REG-62: another S-CSCF takes a user that is served for the unregistered state (TS 29.228 §6.1.2.1, §8.1.1). */
import { identitiesOf } from '../../../src/ims/subscription/subscriber.js';
import { resultOf } from '../cx-peer.js';
import { subscriber } from '../network.js';
import { hssScene, scscf1, scscf2 } from './scene.js';

const nameOf = (answer: object) => (answer as { serverName?: string }).serverName;
const user = subscriber(1);
const identity = identitiesOf(user)[0]!.uri;

it('where it cannot authenticate the user the one before stays; where it can, that one is told', () => {
  const { mar, sar, lir, told, settle } = hssScene({ subscribers: [user] });
  sar([identity], 'UNREGISTERED_USER');
  mar(identity, undefined, {}, scscf2);
  expect(resultOf(sar([identity], 'AUTHENTICATION_FAILURE', {}, scscf2))).toBe('success 2001');
  expect(nameOf(lir(identity))).toBe(scscf1);
  mar(identity, undefined, {}, scscf2);
  settle();
  expect(told.rtr).toEqual([]);
  expect(resultOf(sar([identity], 'REGISTRATION', {}, scscf2))).toBe('success 2001');
  settle();
  expect(told.rtr).toMatchObject([
    { reasonCode: 'NEW_SERVER_ASSIGNED', publicIdentities: identitiesOf(user).map(({ uri }) => uri) },
  ]);
  expect(nameOf(lir(identity))).toBe(scscf2);
});
