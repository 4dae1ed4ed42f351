/** S-CSCF: registrar and session control of the home network. TS 24.229 §5.4; Cx per TS 29.228 §6. */
import { CxClient } from '../../diameter/index.js';
import type { Chassis, NetworkFunction } from '../../node/index.js';
import { SessionTable } from '../session/session-table.js';
import type { UserProfile } from '../subscription/user-data.js';
import type { ScscfConfig } from './config.js';
import { EndingAssignments, type ServedAgain } from './ending-assignments.js';
import { TemporaryGruus } from './gruu.js';
import { NetworkOrders } from './network-orders.js';
import { featuresOf } from './received-profile.js';
import { Registrar } from './registrar.js';
import type { NetworkEnd } from './registration.machine.js';
import { RegistrationEvents } from './registration-events.js';
import { Restorations } from './restoration.js';
import { Sessions } from './sessions.js';
import { UnregisteredUsers } from './unregistered-users.js';
import { UserRegistrations } from './user-registrations.js';

export interface ScscfFunction extends NetworkFunction {
  /** How registrations are limited and proven from now on; what has been granted stays. */
  reconfigure(config: Pick<ScscfConfig, 'registration' | 'authentication'>): void;
  /** REG-74: ends what is registered of a private identity. False: nothing is. */
  deregister(privateIdentity: string, end: NetworkEnd): boolean;
  /** REG-75: the user has to authenticate again within that time, ms. False: it is not registered here. */
  reauthenticate(privateIdentity: string, withinMs: number): boolean;
}

export function scscf(chassis: Chassis, given: ScscfConfig): ScscfFunction {
  const registration = { ...given.registration };
  const authentication = { ...given.authentication };
  const config: ScscfConfig = { ...given, registration, authentication };
  const cx = new CxClient(chassis.diameter, { destinationRealm: config.diameter.originRealm, fallsBack: true });
  const users = new UserRegistrations();
  const servedAgain = (name: string | undefined, identities: readonly string[]): ServedAgain => {
    const isRegistered = (identity: string): boolean =>
      name === undefined
        ? users.byPublic(identity)?.isRegistered === true
        : users.byPrivate(name).some((user) => user.has(identity));
    if (identities.some((each) => isRegistered(each) || unregistered.has(each))) return 'served';
    const isReturning = name === undefined ? registrar.isRegistering(identities) : registrar.isAuthenticating(name);
    return isReturning ? 'authenticating' : 'not';
  };
  const endings = new EndingAssignments(chassis, cx, servedAgain);
  const sessions = new SessionTable(chassis);
  const gruus = new TemporaryGruus(chassis.environment.random.stream('gruu'), config);
  const events = new RegistrationEvents(chassis, config, users, gruus);
  const releaseSessions = sessions.releaseOver.bind(sessions);
  const onProfile = (profile: UserProfile): void => unregistered.registered(profile);
  const registrar = new Registrar({ chassis, config, cx, endings, users, events, gruus, releaseSessions, onProfile });
  const restore = registrar.lost.restore.bind(registrar.lost);
  const restorations = new Restorations({ chassis, config, restore });
  const isRegistering = registrar.isRegistering.bind(registrar);
  const unregistered = new UnregisteredUsers({ chassis, config, cx, endings, users, isRegistering, restorations });
  const endUsualContacts = registrar.endUsualContacts.bind(registrar);
  const deregister = registrar.deregister.bind(registrar);
  const orders = new NetworkOrders({ chassis, config, users, unregistered, events, endUsualContacts, deregister });
  cx.serve(orders, featuresOf(config));
  const { procedure: watching } = events;
  const requests = new Sessions({ chassis, config, users, sessions, gruus, unregistered, watching });
  return {
    procedures: [registrar.procedure, watching, ...requests.procedures],
    get activeCount() {
      return sessions.count;
    },
    get counts() {
      return {
        authentications: registrar.authenticationCount,
        registrations: users.count,
        sessions: sessions.count,
        registrationSubscriptions: events.count,
        unregisteredUsers: unregistered.count,
        serviceInvocations: requests.invocationCount,
      };
    },
    inspect: () => ({
      machines: {
        registration: users.count,
        authentication: registrar.authenticationCount,
        session: sessions.count,
        unregisteredUser: unregistered.count,
        endingAssignment: endings.count,
        serviceInvocation: requests.invocationCount,
      },
      served: users.claims(config.serverName),
      serverName: config.serverName,
    }),
    reconfigure: (changed) => {
      Object.assign(registration, changed.registration);
      Object.assign(authentication, changed.authentication);
    },
    deregister: (privateIdentity, end) => orders.deregister(privateIdentity, end),
    reauthenticate: (privateIdentity, withinMs) => orders.reauthenticate(privateIdentity, withinMs),
    close: () => {
      registrar.close();
      endings.close();
      events.close();
      sessions.close();
      requests.close();
      unregistered.close();
    },
  };
}
