import fc from 'fast-check';
import { subscription } from '../../../src/ims/hss/subscription.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

const request = 'request';
const serverName = 'sip:scscf1.example.com:5060';
const servers = fc.constantFrom(serverName, serverName, 'sip:scscf2.example.com:5060');

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
      serverName: servers,
      request: fc.constant(request),
    }),
    fc.record({
      type: fc.constant('cx.sar.deregister'),
      serverName: servers,
      storeServerName: fc.boolean(),
      request: fc.constant(request),
    }),
    fc.constant({ type: 'cx.sar.authenticationEnded', request }),
  ),
  typicalLife: {
    input: undefined,
    events: [
      { type: 'cx.uar', authorizationType: 'registration', request },
      { type: 'cx.mar', serverName, request },
      { type: 'cx.uar', authorizationType: 'registration', request },
      { type: 'cx.sar.register', serverName, request },
      { type: 'cx.lir', capabilities: false, request },
      { type: 'cx.sar.deregister', serverName, storeServerName: false, request },
    ],
  },
};
