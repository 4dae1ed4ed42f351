/** S-CSCF: registrar and session control of the home network. TS 24.229 §5.4; Cx per TS 29.228 §6. */
import { CxClient } from '../../diameter/index.js';
import type { Chassis, NetworkFunction } from '../../node/index.js';
import { SessionTable } from '../session/session-table.js';
import { UserRegistrations } from './bindings.js';
import type { ScscfConfig } from './config.js';
import { Registrar } from './registrar.js';
import { sessionProcedures } from './sessions.js';

export interface ScscfFunction extends NetworkFunction {
  /** How registrations are limited and proven from now on; what has been granted stays. */
  reconfigure(config: Pick<ScscfConfig, 'registration' | 'authentication'>): void;
}

export function scscf(chassis: Chassis, given: ScscfConfig): ScscfFunction {
  const registration = { ...given.registration };
  const authentication = { ...given.authentication };
  const config: ScscfConfig = { ...given, registration, authentication };
  const cx = new CxClient(chassis.diameter, { destinationRealm: config.diameter.originRealm });
  const users = new UserRegistrations();
  const sessions = new SessionTable(chassis);
  const registrar = new Registrar(chassis, config, cx, users, (user) => sessions.releaseOf(user));
  cx.serve(registrar);
  return {
    procedures: [registrar.procedure, ...sessionProcedures(chassis, config, users, sessions)],
    get activeCount() {
      return sessions.count;
    },
    get counts() {
      return {
        authentications: registrar.authenticationCount,
        registrations: users.count,
        sessions: sessions.count,
      };
    },
    inspect: () => ({
      machines: { registration: users.count, authentication: registrar.authenticationCount, session: sessions.count },
      served: users.claims(config.serverName),
      serverName: config.serverName,
    }),
    reconfigure: (changed) => {
      Object.assign(registration, changed.registration);
      Object.assign(authentication, changed.authentication);
    },
    close: () => {
      registrar.close();
      sessions.close();
    },
  };
}
