import fc from 'fast-check';
import { subscription } from '../../../src/ims/hss/subscription.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

const server = { name: 'sip:scscf1.example.com:5060', host: 'scscf1.example.com', realm: 'example.com' };
const other = { name: 'sip:scscf2.example.com:5060', host: 'scscf2.example.com', realm: 'example.com' };
/** Another name at the same Diameter address. */
const twin = { ...server, name: 'sip:scscf1.example.com:5070' };
const servers = fc.constantFrom(server, server, other, twin);
const nowhere = { server: undefined, reassignmentPending: false };
const elsewhere = fc.oneof(
  { weight: 3, arbitrary: fc.constant(nowhere) },
  fc.record({ server: fc.constantFrom(server, other), reassignmentPending: fc.boolean() }),
);
const privateIdentity = fc.constantFrom('one@example.com', 'one@example.com', 'two@example.com');

export const samples: MachineSamples = {
  machine: subscription,
  input: fc.constant(undefined),
  event: fc.oneof(
    fc.record({
      type: fc.constant('cx.uar'),
      authorizationType: fc.constantFrom('registration', 'deregistration', 'registrationAndCapabilities'),
      elsewhere,
    }),
    fc.record({ type: fc.constant('cx.lir'), capabilities: fc.boolean(), hasServices: fc.boolean(), elsewhere }),
    fc.record({ type: fc.constant('cx.mar'), server: servers, privateIdentity, aka: fc.boolean() }),
    fc.record({ type: fc.constant('cx.sar.register'), server: servers, privateIdentity, elsewhere }),
    fc.record({ type: fc.constant('cx.sar.unregistered'), server: servers, restores: fc.boolean(), elsewhere }),
    servers.map((each) => ({ type: 'cx.sar.noAssignment', server: each })),
    fc.record({
      type: fc.constant('cx.sar.deregister'),
      server: servers,
      privateIdentity: fc.option(privateIdentity, { nil: undefined }),
      storeServerName: fc.boolean(),
      keepsServer: fc.boolean(),
    }),
    fc.record({ type: fc.constant('cx.sar.authenticationEnded'), server: servers, privateIdentity }),
    privateIdentity.map((each) => ({ type: 'operator.deregister', reason: 'SERVER_CHANGE', privateIdentity: each })),
    fc.record({ type: fc.constant('cx.rta.emergency'), server: servers, privateIdentity }),
    fc.constantFrom({ type: 'subscription.reassigned' }, { type: 'cx.rta' }),
  ),
  typicalLife: {
    input: undefined,
    events: [
      { type: 'cx.uar', authorizationType: 'registration', elsewhere: nowhere },
      { type: 'cx.mar', server, privateIdentity: 'one@example.com', aka: true },
      { type: 'cx.uar', authorizationType: 'registration', elsewhere: nowhere },
      { type: 'cx.sar.register', server, privateIdentity: 'one@example.com', elsewhere: nowhere },
      { type: 'cx.lir', capabilities: false, hasServices: false, elsewhere: nowhere },
      {
        type: 'cx.sar.deregister',
        server,
        privateIdentity: 'one@example.com',
        storeServerName: false,
        keepsServer: false,
      },
    ],
  },
};
