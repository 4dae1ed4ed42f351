/** P-CSCF: the UE's door to the network. TS 24.229 §5.2. */
import type { Chassis, NetworkFunction } from '../../node/index.js';
import { SessionTable } from '../session/session-table.js';
import { SubscriptionPaths } from '../session/subscription-paths.js';
import { Associations } from './associations.js';
import type { PcscfConfig } from './config.js';
import { registrationProcedure } from './registration.js';
import { RegistrationWatches } from './registration-watches.js';
import type { UeRegistration, UeRegistrations } from './registrations.js';
import { sessionProcedures } from './sessions.js';

export function pcscf(chassis: Chassis, config: PcscfConfig, registrations: UeRegistrations): NetworkFunction {
  const { security } = config;
  if (security?.mechanism === 'ipsec-3gpp') registrations.associations = new Associations(chassis, security);
  const sessions = new SessionTable(chassis);
  const subscriptions = new SubscriptionPaths(chassis, {
    onBegin: (path) => {
      const entry = path.behaviour.servedUser as UeRegistration;
      entry.subscriptions = entry.subscriptions.concat(path);
    },
    onEnd: (path) => {
      const entry = path.behaviour.servedUser as UeRegistration;
      entry.subscriptions = entry.subscriptions.filter((each) => each !== path);
      if (entry.subscriptions.length === 0) entry.machine.send({ type: 'ue.told' });
    },
  });
  const watches = new RegistrationWatches(chassis, config, registrations);
  registrations.onRemoved = (entry) => {
    watches.ended(entry);
    for (const { machine } of entry.subscriptions) machine.send({ type: 'registration.ended' });
  };
  return {
    procedures: [
      watches.procedure,
      registrationProcedure(chassis, config, registrations, sessions, watches),
      ...sessionProcedures(chassis, config, registrations, { sessions, subscriptions }),
    ],
    get activeCount() {
      return sessions.count;
    },
    get counts() {
      return {
        registrations: registrations.count,
        registered: registrations.registeredCount,
        sessions: sessions.count,
        associations: registrations.associations?.count ?? 0,
        subscriptionPaths: subscriptions.count,
        watches: watches.count,
      };
    },
    inspect: () => ({
      machines: {
        registration: registrations.count,
        session: sessions.count,
        subscriptionPath: subscriptions.count,
        associationSet: registrations.associations?.count ?? 0,
      },
      queues: [registrations.unregistered],
    }),
    close: () => {
      watches.close();
      registrations.close();
      registrations.associations?.close();
      sessions.close();
      subscriptions.close();
    },
  };
}
