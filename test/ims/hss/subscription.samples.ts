import fc from 'fast-check';
import { subscription } from '../../../src/ims/hss/subscription.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

const request = 'request';
const server = { name: 'sip:scscf1.example.com:5060', host: 'scscf1.example.com', realm: 'example.com' };
const other = { name: 'sip:scscf2.example.com:5060', host: 'scscf2.example.com', realm: 'example.com' };
const servers = fc.constantFrom(server, server, other);

export const samples: MachineSamples = {
  machine: subscription,
  input: fc.constant(undefined),
  event: fc.oneof(
    fc.record({
      type: fc.constant('cx.uar'),
      authorizationType: fc.constantFrom('registration', 'deregistration', 'registrationAndCapabilities'),
      request: fc.constant(request),
    }),
    fc.boolean().map((capabilities) => ({ type: 'cx.lir', capabilities, request })),
    fc.record({
      type: fc.constantFrom('cx.mar', 'cx.sar.register', 'cx.sar.unregistered', 'cx.sar.noAssignment'),
      server: servers,
      request: fc.constant(request),
    }),
    fc.record({
      type: fc.constant('cx.sar.deregister'),
      server: servers,
      storeServerName: fc.boolean(),
      request: fc.constant(request),
    }),
    servers.map((each) => ({ type: 'cx.sar.authenticationEnded', server: each, request })),
    fc.constantFrom({ type: 'operator.deregister', reason: 'SERVER_CHANGE' }, { type: 'cx.rta' }),
  ),
  typicalLife: {
    input: undefined,
    events: [
      { type: 'cx.uar', authorizationType: 'registration', request },
      { type: 'cx.mar', server, request },
      { type: 'cx.uar', authorizationType: 'registration', request },
      { type: 'cx.sar.register', server, request },
      { type: 'cx.lir', capabilities: false, request },
      { type: 'cx.sar.deregister', server, storeServerName: false, request },
    ],
  },
};
