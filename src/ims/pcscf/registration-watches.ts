/** P-CSCF, what it hears of its UEs' registrations from the S-CSCF: one subscription of each implicit set of a user. TS 24.229 §5.2.3, §5.2.5.2; REG-27, REG-76. */
import type { Chassis, Procedure } from '../../node/index.js';
import { type Headers, hostPort, isSameUri } from '../../sip/index.js';
import { isEmptied, type RegInfo, type RegInfoView, RegistrationWatcher, refuseNotify } from '../reg-event/index.js';
import type { PcscfConfig } from './config.js';
import { type GrantedSet, isSameSet, remainingMs, withoutIdentities } from './granted-sets.js';
import { chargingVector } from './headers.js';
import type { UeRegistration, UeRegistrations } from './registrations.js';

/** Asked for: longer than any registration (TS 24.229 §5.2.3). */
const expires = 660_000;
/** What is kept of a registration outlives it by this (REG-25). */
const graceMs = 30_000;
/** How long the last NOTIFY may take after the UE has de-registered, ms. */
const lastNotifyMs = 32_000;

const tokenPrefix = 'watch-';

interface Watch {
  readonly watcher: RegistrationWatcher;
  /** Takes it out of the tables. */
  readonly end: () => void;
  /** The set that it is of, as it was granted. */
  readonly set: GrantedSet;
}

const unwatched: readonly Watch[] = [];

export class RegistrationWatches {
  readonly #chassis: Chassis;
  readonly #config: PcscfConfig;
  readonly #registrations: UeRegistrations;
  readonly #byUser = new Map<string, readonly Watch[]>();
  /** By the user part of our Contact. */
  readonly #byToken = new Map<string, RegistrationWatcher>();

  constructor(chassis: Chassis, config: PcscfConfig, registrations: UeRegistrations) {
    this.#chassis = chassis;
    this.#config = config;
    this.#registrations = registrations;
  }

  get count(): number {
    return this.#byToken.size;
  }

  /** NOTIFYs to us. */
  get procedure(): Procedure {
    return {
      name: 'notification',
      isEnd: true,
      accepts: ({ server: { message } }) =>
        message.method === 'NOTIFY' && message.uri.user?.startsWith(tokenPrefix) === true,
      begin: ({ server }) => {
        const watcher = this.#byToken.get(server.message.uri.user ?? '');
        if (watcher?.accepts(server) === true) watcher.receive(server);
        else refuseNotify(server);
      },
    };
  }

  /** After a 200: the first one of its implicit set, or the first of another S-CSCF, or of one that has begun anew. */
  watch({ privateIdentity }: UeRegistration, granted: GrantedSet): void {
    if (this.#config.subscribe !== true) return;
    const known = this.#of(privateIdentity).find(({ set }) => isSameSet(set, granted));
    if (known !== undefined) {
      if (known.set.serviceRoute[0] === granted.serviceRoute[0]) return;
      // Whatever the one says that served it before, it is of no registration that stands.
      known.watcher.stop();
      known.end();
    }
    const token = `${tokenPrefix}${this.#chassis.environment.random.bytes(8).toString('hex')}`;
    const { sip } = this.#chassis;
    const { host, port } = sip.localUri();
    const own = `sip:${hostPort(host, port)}`;
    const end = (): void => {
      this.#byToken.delete(token);
      const others = this.#of(privateIdentity).filter((each) => each !== watch);
      if (others.length === 0) this.#byUser.delete(privateIdentity);
      else this.#byUser.set(privateIdentity, others);
    };
    const watcher: RegistrationWatcher = new RegistrationWatcher(this.#chassis, {
      aor: granted.identities.find((identity) => identity.startsWith('sip:')) ?? granted.registeredIdentity,
      from: own,
      contact: `<${sip.ownUri(token)}>`,
      route: [],
      expires,
      headers: (): Headers => [
        ['P-Asserted-Identity', `<${own}>`],
        ['P-Charging-Vector', chargingVector(this.#chassis, this.#config.networkIdentifier)],
      ],
      onChange: (view, info) => {
        this.#follow(privateIdentity, watch, view, info);
        if (this.#registrations.ofUser(privateIdentity).length > 0) return;
        watcher.stop();
        end();
      },
      onEnd: end,
      explain: (what, text, clause) => this.#chassis.explain({ what, text, clause }),
    });
    const watch: Watch = { watcher, end, set: granted };
    this.#byUser.set(privateIdentity, this.#of(privateIdentity).concat(watch));
    this.#byToken.set(token, watcher);
  }

  /** A registration has ended here: the last one of a user takes its watchers along, once the S-CSCF has had its say. */
  ended({ privateIdentity }: UeRegistration): void {
    if (!this.#byUser.has(privateIdentity) || this.#registrations.ofUser(privateIdentity).length > 0) return;
    const ending = this.#of(privateIdentity);
    this.#chassis.environment.clock.setTimer(lastNotifyMs, () => {
      if (this.#registrations.ofUser(privateIdentity).length > 0) return;
      for (const watch of ending) {
        if (this.#of(privateIdentity).includes(watch) && !watch.watcher.isOver) watch.watcher.unsubscribe();
      }
    });
  }

  close(): void {
    for (const watcher of this.#byToken.values()) watcher.stop();
    this.#byUser.clear();
    this.#byToken.clear();
  }

  #of(privateIdentity: string): readonly Watch[] {
    return this.#byUser.get(privateIdentity) ?? unwatched;
  }

  /** A contact is over when no identity has it any more and the document says so; shorter when any says so. */
  #follow(privateIdentity: string, watch: Watch, view: RegInfoView, info: RegInfo): void {
    for (const entry of this.#registrations.ofUser(privateIdentity)) {
      const { machine, subscriptions } = entry;
      const told = info.registrations.flatMap(({ contacts }) => contacts).filter(({ uri }) => isAt(uri, entry));
      const isActive = view.registrations.some(({ contacts }) => contacts.some(({ uri }) => isAt(uri, entry)));
      const shortened = told.find(({ event }) => event === 'shortened')?.expires;
      if (!isActive && (isEmptied(info) || told.some(({ state }) => state === 'terminated'))) {
        if (this.#hasOtherSets(entry, watch, info)) continue;
        machine.send({ type: 'contact.terminated', ueIsTold: subscriptions.length > 0 });
      } else if (shortened !== undefined) {
        const now = this.#chassis.environment.clock.now();
        const until = now + shortened * 1000 + graceMs;
        // It gives nobody more time than the 200 did (REG-75).
        entry.sets = entry.sets.map((set) =>
          isSameSet(set, watch.set) ? { ...set, until: Math.min(set.until, until) } : set,
        );
        machine.send({ type: 'contact.shortened', expiresMs: remainingMs(entry.sets, now) });
      }
    }
  }

  /** Sets of the contact that others watch stand. REG-72: what the UE de-registers itself is told by its 200. */
  #hasOtherSets(entry: UeRegistration, watch: Watch, { registrations }: RegInfo): boolean {
    const ended = registrations.filter(({ state, contacts }) =>
      contacts.length === 0
        ? state === 'terminated'
        : contacts.some(({ uri, event }) => isAt(uri, entry) && event !== 'unregistered'),
    );
    const left = withoutIdentities(
      entry.sets,
      ended.map(({ aor }) => aor),
    );
    if (left.every((set) => isSameSet(set, watch.set))) return false;
    entry.sets = left;
    return true;
  }
}

function isAt(uri: string, { contactUri }: UeRegistration): boolean {
  return isSameUri(uri, contactUri);
}
