/** P-CSCF: the UE's door to the network. TS 24.229 §5.2. Without security associations (mode `none`). */
import type { Chassis, NetworkFunction } from '../../node/index.js';
import { SessionTable } from '../session/session-table.js';
import { SubscriptionPaths } from '../session/subscription-paths.js';
import type { PcscfConfig } from './config.js';
import { registrationProcedure } from './registration.js';
import type { UeRegistration, UeRegistrations } from './registrations.js';
import { sessionProcedures } from './sessions.js';

export function pcscf(chassis: Chassis, config: PcscfConfig, registrations: UeRegistrations): NetworkFunction {
  const sessions = new SessionTable(chassis);
  const subscriptions = new SubscriptionPaths(chassis, ({ servedUser }) => {
    (servedUser as UeRegistration).subscriptionCount--;
  });
  return {
    procedures: [
      registrationProcedure(chassis, config, registrations),
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
        subscriptionPaths: subscriptions.count,
      };
    },
    inspect: () => ({
      machines: { registration: registrations.count, session: sessions.count, subscriptionPath: subscriptions.count },
      queues: [registrations.unregistered],
    }),
    close: () => {
      registrations.close();
      sessions.close();
      subscriptions.close();
    },
  };
}
