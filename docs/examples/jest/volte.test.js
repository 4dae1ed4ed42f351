/** A lab in a suite of your own: two phones in a simulated network register and call each other. */
import { expect } from '@jest/globals';
import { call, corrupt, expectCall, expectMessage, fault, hangUp, lab, labMatchers } from 'imslab';

expect.extend(labMatchers);

let volte;

beforeEach(async () => {
  volte = await lab({ topology: 'volte', seed: 7 });
});

// Stops the nodes, then holds the whole run against the rules of the specifications.
afterEach(async () => {
  expect(await volte.close()).toHavePassed();
});

it('registers a phone with IMS-AKA', async () => {
  await volte.register('ue1');
  expect(volte).toHaveSent({ message: '401 REGISTER', to: ['ue1'] }, 1);
  expect(volte).toHaveSent({ message: 'SAA 2001', from: ['hss1'] }, 1);
  expect(volte).toBeInState('ue1', 'registration', 'registered');
});

it('lets the callee hang up', async () => {
  await volte.register(['ue1', 'ue2']);
  await volte.play(
    call({ from: 'ue1', to: 'ue2', as: 'c1', holdFor: 'until-released' }),
    expectCall({ as: 'c1', is: 'talking' }),
    hangUp({ as: 'c1', ue: 'ue2' }),
    expectMessage('200 BYE', { to: 'ue2' }),
    expectCall({ as: 'c1', is: 'released' }),
  );
});

it('resynchronises nothing when a bit of AUTN is flipped: the MAC fails, and the second challenge is good', async () => {
  await volte.play(fault(corrupt('401 REGISTER', { to: 'ue1', field: 'WWW-Authenticate.nonce.autn', bit: 100 })));
  await volte.register('ue1');
  expect(volte).toHaveSent({ message: '401 REGISTER', to: ['ue1'] }, 2);
});
