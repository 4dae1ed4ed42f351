/**
 * Application server: it takes third-party REGISTERs of S-CSCFs, watches the registrations of their users where it is told to, and
 * serves the requests that it is sent. TS 24.229 §5.7; TS 23.218; CALL-80 to CALL-83.
 */
import type { Chassis, NetworkFunction, RoutedRequest } from '../../node/index.js';
import { detached, hostPort, type ServerRequest } from '../../sip/index.js';
import { RegistrationWatchers } from '../reg-event/index.js';
import type { AsConfig } from './config.js';
import { InitialRequests } from './initial-requests.js';
import { type OriginatingMessage, type OriginationOutcome, originate } from './originating-message.js';
import { RegisteredUser, type UserCore } from './registered-user.js';
import { SubscriberData } from './subscriber-data.js';
import { toldBy } from './told.js';

/** What else it can be told to do. */
export interface AsFunction extends NetworkFunction {
  /** Over Sh; undefined without an HSS. */
  readonly subscriberData: SubscriberData | undefined;
  /** Sends a MESSAGE for a user (CALL-02); `done` once. */
  originate(message: Omit<OriginatingMessage, 'servingNode'>, done: (outcome: OriginationOutcome) => void): void;
}

/** Users that it is told of at once; more are turned away. */
const usersMax = 1_000_000;

/** Where the REGISTER does not say (RFC 3261 10.2.1.1). */
const defaultExpires = 3_600;

export function applicationServer(chassis: Chassis, config: AsConfig): AsFunction {
  const users = new Map<string, RegisteredUser>();
  const watchers = new RegistrationWatchers(chassis);
  const requests = new InitialRequests(chassis, config);
  const subscriberData = config.diameter && new SubscriberData(chassis, config.serverName);
  const core: UserCore = {
    chassis,
    config,
    watchers,
    contact: () => {
      const { host, port } = chassis.sip.localUri();
      return `<sip:${hostPort(host, port)}>`;
    },
    onEnd: ({ aor }) => users.delete(aor),
  };
  const method = (name: string) => (routed: RoutedRequest) => routed.working.method === name;
  return {
    procedures: [
      {
        name: 'thirdPartyRegistration',
        isEnd: true,
        accepts: method('REGISTER'),
        begin: ({ server }) => takeRegister(server),
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
      const servingNode = users.get(message.servedUser)?.servingNode;
      originate(chassis, config, { ...message, servingNode }, done);
    },
    get counts() {
      return {
        users: users.size,
        watchers: watchers.count,
        announcements: requests.callCount,
        ...(subscriberData !== undefined && { dataSubscriptions: subscriberData.count }),
      };
    },
    inspect: () => ({
      machines: {
        thirdPartyRegistration: users.size,
        registrationWatch: watchers.count,
        announcement: requests.callCount,
      },
      queues: [{ name: 'users', length: users.size, max: usersMax }],
    }),
    close: () => {
      for (const user of [...users.values()]) user.stop();
      watchers.stop();
      requests.close();
    },
  };

  function takeRegister(server: ServerRequest): void {
    const { message } = server;
    const { contacts } = message;
    const contact = contacts === '*' ? undefined : contacts[0];
    if (contact === undefined) {
      server.reply(400, { reason: 'Missing Contact' });
      return;
    }
    const aor = detached(message.to.uri.text);
    const expires = message.expires ?? defaultExpires;
    const known = users.get(aor);
    if (known === undefined && users.size >= usersMax) {
      server.reply(500, { headers: [['Retry-After', '60']] });
      return;
    }
    server.reply(200, {
      headers: [
        ['Expires', String(expires)],
        ['Contact', `<${contact.uri.text}>;expires=${expires}`],
      ],
    });
    explainRegister(server, aor, expires);
    const serving = detached(contact.uri.text);
    if (known !== undefined) known.register(expires, serving);
    else if (expires > 0) users.set(aor, new RegisteredUser(core, aor, serving, expires));
  }

  function explainRegister({ message }: ServerRequest, aor: string, expires: number): void {
    if (chassis.environment.trace === undefined) return;
    const told = toldBy(message);
    const state = expires === 0 ? 'is not registered any more' : `is registered for ${expires} s`;
    const text = `is told by ${message.from.uri.text} that ${aor} ${state}${told.length === 0 ? '' : `, with ${told.join(' and ')}`}`;
    chassis.explain({ what: 'info.thirdPartyRegistration', text, clause: 'TS 24.229 §5.4.1.7, CALL-81' });
  }
}
