/**
 * I-CSCF: finds out from the HSS which S-CSCF serves a user, and sends the request there. It keeps nothing after the
 * final response. TS 24.229 §5.3; Cx per TS 29.228 §6.1.
 */
import { CxClient } from '../../diameter/index.js';
import type { Chassis, NetworkFunction } from '../../node/index.js';
import type { IcscfConfig } from './config.js';
import { LocationQueries } from './location.js';
import { RegistrationQueries } from './registration.js';
import { ServingNodes } from './serving-nodes.js';

export function icscf(chassis: Chassis, config: IcscfConfig): NetworkFunction {
  const cx = new CxClient(chassis.diameter, { destinationRealm: config.diameter.originRealm });
  const servers = new ServingNodes(chassis, config.servingCandidates);
  const registration = new RegistrationQueries(chassis, config, cx, servers);
  const location = new LocationQueries(chassis, cx, servers);
  return {
    procedures: [registration.procedure, location.procedure],
    get activeCount() {
      return registration.count + location.count;
    },
    get counts() {
      return { registrationQueries: registration.count, locationQueries: location.count };
    },
    inspect: () => ({ machines: { registrationQuery: registration.count, locationQuery: location.count } }),
    close: () => {
      registration.close();
      location.close();
    },
  };
}
