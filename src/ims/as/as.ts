/**
 * Application server: it takes third-party REGISTERs of S-CSCFs, watches the registrations of their users where it is told to, and
 * serves the requests that it is sent. TS 24.229 §5.7; TS 23.218; CALL-80 to CALL-83.
 */
import type { Chassis, NetworkFunction, RoutedRequest } from '../../node/index.js';
import { RegistrationWatchers } from '../reg-event/index.js';
import type { AsConfig } from './config.js';
import { InitialRequests } from './initial-requests.js';
import { type OriginatingMessage, type OriginationOutcome, originate } from './originating-message.js';
import { RegisteredUsers } from './registered-users.js';
import { SubscriberData } from './subscriber-data.js';

/** What else it can be told to do. */
export interface AsFunction extends NetworkFunction {
  /** Over Sh; undefined without an HSS. */
  readonly subscriberData: SubscriberData | undefined;
  /** Sends a MESSAGE for a user (CALL-02); `done` once. */
  originate(message: Omit<OriginatingMessage, 'servingNode'>, done: (outcome: OriginationOutcome) => void): void;
}

export function applicationServer(chassis: Chassis, config: AsConfig): AsFunction {
  const watchers = new RegistrationWatchers(chassis);
  const users = new RegisteredUsers(chassis, config, watchers);
  const requests = new InitialRequests(chassis, config);
  const subscriberData = config.diameter && new SubscriberData(chassis, config.serverName);
  const method = (name: string) => (routed: RoutedRequest) => routed.working.method === name;
  return {
    procedures: [
      {
        name: 'thirdPartyRegistration',
        isEnd: true,
        accepts: method('REGISTER'),
        begin: ({ server }) => users.receive(server),
      },
      {
        name: 'registrationState',
        isEnd: true,
        accepts: method('NOTIFY'),
        begin: ({ server }) => watchers.receive(server),
      },
      ...requests.procedures,
    ],
    get activeCount() {
      return requests.callCount;
    },
    subscriberData,
    originate: (message, done) => {
      originate(chassis, config, { ...message, servingNode: users.servingNode(message.servedUser) }, done);
    },
    get counts() {
      return {
        users: users.count,
        watchers: watchers.count,
        announcements: requests.callCount,
        ...(subscriberData !== undefined && { dataSubscriptions: subscriberData.count }),
      };
    },
    inspect: () => ({
      machines: {
        thirdPartyRegistration: users.count,
        registrationWatch: watchers.count,
        announcement: requests.callCount,
      },
      queues: [users.queue],
    }),
    close: () => {
      users.stop();
      watchers.stop();
      requests.close();
    },
  };
}
