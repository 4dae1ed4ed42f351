/** The users that S-CSCFs have told an application server of, by third-party REGISTERs (TS 24.229 §5.4.1.7, §5.7.1.1). */
import type { Chassis, Queue } from '../../node/index.js';
import { detached, type ServerRequest } from '../../sip/index.js';
import type { RegistrationWatchers } from '../reg-event/index.js';
import type { AsConfig } from './config.js';
import { RegisteredUser, type UserCore } from './registered-user.js';
import { toldBy } from './told.js';

/** More are turned away. */
const usersMax = 1_000_000;

/** Where the REGISTER does not say (RFC 3261 10.2.1.1). */
const defaultExpires = 3_600;

export class RegisteredUsers {
  readonly #users = new Map<string, RegisteredUser>();
  readonly #core: UserCore;

  constructor(
    private readonly chassis: Chassis,
    config: AsConfig,
    watchers: RegistrationWatchers,
  ) {
    this.#core = {
      chassis,
      config,
      watchers,
      contact: () => `<${chassis.sip.ownUri()}>`,
      onEnd: ({ aor }) => this.#users.delete(aor),
    };
  }

  get count(): number {
    return this.#users.size;
  }

  get queue(): Queue {
    return { name: 'users', length: this.#users.size, max: usersMax };
  }

  /** The S-CSCF that has told of the user: its SIP URI. */
  servingNode(user: string): string | undefined {
    return this.#users.get(user)?.servingNode;
  }

  /** A REGISTER. */
  receive(server: ServerRequest): void {
    const { message } = server;
    const { contacts } = message;
    const contact = contacts === '*' ? undefined : contacts[0];
    if (contact === undefined) {
      server.reply(400, { reason: 'Missing Contact' });
      return;
    }
    const aor = detached(message.to.uri.text);
    const expires = message.expires ?? defaultExpires;
    const known = this.#users.get(aor);
    if (known === undefined && this.#users.size >= usersMax) {
      server.reply(500, { headers: [['Retry-After', '60']] });
      return;
    }
    server.reply(200, {
      headers: [
        ['Expires', String(expires)],
        ['Contact', `<${contact.uri.text}>;expires=${expires}`],
      ],
    });
    this.#explain(server, aor, expires);
    const serving = detached(contact.uri.text);
    if (known !== undefined) known.register(expires, serving);
    else if (expires > 0) this.#users.set(aor, new RegisteredUser(this.#core, aor, serving, expires));
  }

  stop(): void {
    for (const user of [...this.#users.values()]) user.stop();
  }

  #explain({ message }: ServerRequest, aor: string, expires: number): void {
    if (this.chassis.environment.trace === undefined) return;
    const told = toldBy(message);
    const state = expires === 0 ? 'is not registered any more' : `is registered for ${expires} s`;
    const text = `is told by ${message.from.uri.text} that ${aor} ${state}${told.length === 0 ? '' : `, with ${told.join(' and ')}`}`;
    this.chassis.explain({ what: 'info.thirdPartyRegistration', text, clause: 'TS 24.229 §5.4.1.7, CALL-81' });
  }
}
