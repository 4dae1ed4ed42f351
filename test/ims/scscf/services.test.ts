/** Requests at application servers, as their S-CSCF sees them: what a scenario does not reach. CALL-03, CALL-04; TS 24.229 §5.4.3. */
import { createSimulation } from '../../../src/environment/simulated/index.js';
import { isAliasOf } from '../../../src/ims/scscf/originating-identity.js';
import { serviceInvocation } from '../../../src/ims/scscf/service-invocation.machine.js';
import { distinctIdentity } from '../../../src/ims/subscription/subscriber.js';
import type { UserProfile } from '../../../src/ims/subscription/user-data.js';
import { createMachineHost } from '../../../src/machine/index.js';
import { buildRequest } from '../../../src/sip/index.js';
import { identity, scene } from './scene.js';

function invocation(continues: boolean) {
  const simulation = createSimulation({ seed: 1 });
  const environment = simulation.environmentFor('scscf1');
  const host = createMachineHost({ node: 'scscf1', environment, mode: 'compiled' });
  const did: string[] = [];
  const machine = host.create(serviceInvocation, {
    id: 'one',
    input: { continues },
    owner: undefined,
    effects: {
      resume: () => did.push('resume'),
      reportSkipped: ({ why }) => did.push(`skipped: ${why}`),
      reportTerminated: ({ why }) => did.push(`terminated: ${why}`),
    },
  });
  return { machine, did, simulation };
}

describe('a request at an application server', () => {
  it('CALL-04: fails before anything has come of it: the default handling decides', () => {
    const one = invocation(true);
    one.machine.send({ type: 'sip.failed', why: 'it is full' });
    expect([one.machine.state, one.did]).toEqual(['skipped', ['skipped: it is full']]);
    const other = invocation(false);
    other.machine.send({ type: 'sip.failed', why: 'it is full' });
    expect([other.machine.state, other.did]).toEqual(['answered', ['terminated: it is full']]);
  });

  it.each([
    ['it has rung', { type: 'sip.provisional' } as const],
    ['it has passed the request on', { type: 'isc.returned', request: {} as never } as const],
    ['the caller has given up', { type: 'sip.cancel' } as const],
  ])('CALL-04: fails after %s: the caller hears of it, whatever the default handling', (_, event) => {
    const { machine, did } = invocation(true);
    machine.send(event);
    machine.send({ type: 'sip.failed', why: 'it is full' });
    expect(machine.state).toBe('answered');
    expect(did.filter((each) => each !== 'resume')).toEqual([]);
  });

  it('CALL-03: its identifier stands for 64*T1 after the answer, for a server that plays something and then connects', () => {
    const { machine, did, simulation } = invocation(true);
    machine.send({ type: 'sip.final' });
    simulation.run({ forMs: 31_000 });
    machine.send({ type: 'isc.returned', request: {} as never });
    expect(did).toEqual(['resume']);
    simulation.run({ forMs: 2_000 });
    expect(machine.state).toBe('ended');
  });

  it('CALL-03: an identifier that stands for nothing is refused with 403, and no criterion is looked at', () => {
    const { network, register, send } = scene();
    expect(register().status).toBe(200);
    const { scscf1 } = network.addresses;
    const request = buildRequest({
      method: 'MESSAGE',
      requestUri: identity,
      headers: [
        ['Route', `<sip:odi-7-0011223344556677@${scscf1}:5060;lr>`],
        ['Max-Forwards', '70'],
        ['From', '<sip:as1@example.org>;tag=1'],
        ['To', `<${identity}>`],
        ['Call-ID', 'late'],
        ['CSeq', '1 MESSAGE'],
      ],
    });
    expect(send(request).status).toBe(403);
  });
});

describe('isAliasOf', () => {
  const publicIdentities = [
    distinctIdentity('sip:+15550100001@h'),
    distinctIdentity('tel:+15550100001'),
    { ...distinctIdentity('sip:alice@h'), aliasGroup: '1' },
    { ...distinctIdentity('sip:al@h'), aliasGroup: '1' },
  ];
  const profile: UserProfile = { privateIdentity: 'a@h', publicIdentities, serviceProfiles: [] };
  const user = { publicIdentity: 'sip:+15550100001@h', profile, charging: undefined, isRegistered: true };

  it.each([
    ['sip:+15550100001@h', 'sip:+15550100001@h', true],
    ['sip:+15550100001@h', 'tel:+15550100001', true],
    ['sip:alice@h', 'sip:al@h', true],
    ['sip:alice@h', 'sip:+15550100001@h', false],
    ['sip:alice@h', 'sip:somebody@h', false],
  ])('TS 24.229 §5.4.3.3: %s and %s: %s', (one, other, expected) => {
    expect(isAliasOf(user, one, other)).toBe(expected);
  });
});
