/** P-CSCF, what it hears of its UEs' registrations from the S-CSCF: one subscription of each user. TS 24.229 §5.2.3, §5.2.5.2; REG-27, REG-76. */
import type { Chassis, Procedure } from '../../node/index.js';
import { type Headers, hostPort, parseUri, type SipResponse, uriEquals } from '../../sip/index.js';
import { isEmptied, type RegInfo, type RegInfoView, RegistrationWatcher, refuseNotify } from '../reg-event/index.js';
import type { PcscfConfig } from './config.js';
import { withoutIdentities } from './granted-sets.js';
import { chargingVector } from './headers.js';
import type { UeRegistration, UeRegistrations } from './registrations.js';

/** Asked for: longer than any registration (TS 24.229 §5.2.3). */
const expires = 660_000;
/** What is kept of a registration outlives it by this (REG-25). */
const graceMs = 30_000;
/** How long the last NOTIFY may take after the UE has de-registered, ms. */
const lastNotifyMs = 32_000;

const tokenPrefix = 'watch-';

export class RegistrationWatches {
  readonly #chassis: Chassis;
  readonly #config: PcscfConfig;
  readonly #registrations: UeRegistrations;
  readonly #byUser = new Map<string, RegistrationWatcher>();
  /** By the user part of our Contact. */
  readonly #byToken = new Map<string, RegistrationWatcher>();

  constructor(chassis: Chassis, config: PcscfConfig, registrations: UeRegistrations) {
    this.#chassis = chassis;
    this.#config = config;
    this.#registrations = registrations;
  }

  get count(): number {
    return this.#byUser.size;
  }

  /** NOTIFYs to us. */
  get procedure(): Procedure {
    return {
      name: 'notification',
      accepts: ({ server: { message } }) =>
        message.method === 'NOTIFY' && message.uri.user?.startsWith(tokenPrefix) === true,
      begin: ({ server }) => {
        const watcher = this.#byToken.get(server.message.uri.user ?? '');
        if (watcher?.accepts(server) === true) watcher.receive(server);
        else refuseNotify(server);
      },
    };
  }

  /** After the first 200 of a private identity. */
  watch({ privateIdentity, publicIdentity }: UeRegistration, response: SipResponse): void {
    if (this.#config.subscribe !== true || this.#byUser.has(privateIdentity)) return;
    const associated = response.addresses('P-Associated-URI').find(({ uri }) => uri.scheme === 'sip');
    const token = `${tokenPrefix}${this.#chassis.environment.random.bytes(8).toString('hex')}`;
    const { host, port } = this.#chassis.sip.localUri();
    const own = `sip:${hostPort(host, port)}`;
    const end = (): void => {
      this.#byToken.delete(token);
      if (this.#byUser.get(privateIdentity) === watcher) this.#byUser.delete(privateIdentity);
    };
    const watcher: RegistrationWatcher = new RegistrationWatcher(this.#chassis, {
      aor: associated?.uri.text ?? publicIdentity,
      from: own,
      contact: `<sip:${token}@${hostPort(host, port)}>`,
      route: [],
      expires,
      headers: (): Headers => [
        ['P-Asserted-Identity', `<${own}>`],
        ['P-Charging-Vector', chargingVector(this.#chassis, this.#config.networkIdentifier)],
      ],
      onChange: (view, info) => {
        this.#follow(privateIdentity, view, info);
        if (this.#registrations.ofUser(privateIdentity).length > 0) return;
        watcher.stop();
        end();
      },
      onEnd: end,
      explain: (what, text, clause) => this.#chassis.explain({ what, text, clause }),
    });
    this.#byUser.set(privateIdentity, watcher);
    this.#byToken.set(token, watcher);
  }

  /** A registration has ended here: the last one of a user takes its watcher along, once the S-CSCF has had its say. */
  ended({ privateIdentity }: UeRegistration): void {
    const watcher = this.#byUser.get(privateIdentity);
    if (watcher === undefined || this.#registrations.ofUser(privateIdentity).length > 0) return;
    this.#chassis.environment.clock.setTimer(lastNotifyMs, () => {
      if (this.#byUser.get(privateIdentity) !== watcher) return;
      if (this.#registrations.ofUser(privateIdentity).length === 0 && !watcher.isOver) watcher.unsubscribe();
    });
  }

  close(): void {
    for (const watcher of this.#byUser.values()) watcher.stop();
    this.#byUser.clear();
    this.#byToken.clear();
  }

  /** A contact is over when no identity has it any more and the document says so; shorter when any says so. */
  #follow(privateIdentity: string, view: RegInfoView, info: RegInfo): void {
    for (const entry of this.#registrations.ofUser(privateIdentity)) {
      const { machine, subscriptionCount } = entry;
      const told = info.registrations.flatMap(({ contacts }) => contacts).filter(({ uri }) => isAt(uri, entry));
      const isActive = view.registrations.some(({ contacts }) => contacts.some(({ uri }) => isAt(uri, entry)));
      const shortened = told.find(({ event }) => event === 'shortened')?.expires;
      if (!isActive && (isEmptied(info) || told.some(({ state }) => state === 'terminated'))) {
        if (this.#hasOtherSets(entry, info)) continue;
        machine.send({ type: 'contact.terminated', ueIsTold: subscriptionCount > 0 });
      } else if (shortened !== undefined) {
        machine.send({ type: 'contact.shortened', expiresMs: shortened * 1000 + graceMs });
      }
    }
  }

  /** One of several sets of the contact has ended. REG-72: what the UE de-registers itself is told by its 200. */
  #hasOtherSets(entry: UeRegistration, { registrations }: RegInfo): boolean {
    if (entry.sets.length < 2) return false;
    const ended = registrations.filter(({ state, contacts }) =>
      contacts.length === 0
        ? state === 'terminated'
        : contacts.some(({ uri, event }) => isAt(uri, entry) && event !== 'unregistered'),
    );
    entry.sets = withoutIdentities(
      entry.sets,
      ended.map(({ aor }) => aor),
    );
    return entry.sets.length > 0;
  }
}

function isAt(uri: string, { contactUri }: UeRegistration): boolean {
  if (uri === contactUri) return true;
  const [one, other] = [parseUri(uri), parseUri(contactUri)];
  return one !== undefined && other !== undefined && uriEquals(one, other);
}
