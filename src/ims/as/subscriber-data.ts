/** Data of users that an application server reads, writes and is told of at the HSS: Sh (TS 29.328 6.1), the AS's side. */
import {
  type DataReference,
  type DiameterAnswer,
  type IdentitySet,
  type PushNotificationQuery,
  type RequestedDomain,
  ShClient,
  type SupportedFeatures,
  type UserIdentity,
  vendor3gpp,
} from '../../diameter/index.js';
import type { Chassis } from '../../node/index.js';
import { identityKey } from '../identity/index.js';
import { formatShData, parseShData, type ShData } from '../subscription/sh-data.js';
import { itemsIn } from './subscribed-item.js';
import { SubscribedItems } from './subscribed-items.js';

/** What an AS wants of one user. */
export interface DataQuery {
  readonly userIdentity: UserIdentity;
  readonly dataReferences: readonly DataReference[];
  /** Of RepositoryData. */
  readonly serviceIndications: readonly string[];
  /** Of IMSPublicIdentity. */
  readonly identitySets: readonly IdentitySet[];
  readonly dsaiTags: readonly string[];
  readonly requestedDomain?: RequestedDomain | undefined;
  /** A private identity. */
  readonly userName?: string | undefined;
}

/** Repository data that are to be so, or whether services of a user or a PSI are in use. */
export interface DataUpdate {
  readonly userIdentity: UserIdentity;
  readonly userName?: string | undefined;
  readonly serviceIndication?: string | undefined;
  /** XML inside ServiceData; absent: the data are to go. */
  readonly serviceData?: string | undefined;
  /** What follows the number that the AS has seen last where absent, or 0. */
  readonly sequenceNumber?: number | undefined;
  /** DSAI-Tags of services that are switched. */
  readonly dsaiTags?: readonly string[] | undefined;
  /** Of a PSI, or of services. */
  readonly active?: boolean | undefined;
}

/** How it went: the result code, or why there is none. */
export interface DataAnswer {
  readonly result: number | 'timeout' | 'unreachable' | 'malformed';
  /** One plain sentence. */
  readonly reason: string;
  /** The document, where one came. */
  readonly userData: string | undefined;
}

type Done = (answer: DataAnswer) => void;

/** TS 29.329 Table 7.1.1: Notif-Eff. */
const notifEff: readonly SupportedFeatures[] = [{ vendorId: vendor3gpp, featureListId: 1, featureList: 1 }];

const lastSequenceNumber = 65_535;
const success = { kind: 'success', resultCode: 2001 } as const;
const experimental = (experimentalResultCode: number) => ({ kind: 'experimental', experimentalResultCode }) as const;

export class SubscriberData {
  readonly #client: ShClient;
  readonly #subscribed = new SubscribedItems();
  /** Of repository data that the AS has seen or written, by identity and service. */
  readonly #sequenceNumbers = new Map<string, number>();

  constructor(
    private readonly chassis: Chassis,
    private readonly serverName: string,
  ) {
    this.#client = new ShClient(chassis.diameter);
    this.#client.serve({ pushNotification: (query, respond) => respond(this.#told(query)) });
  }

  /** How many pieces of data it is told of. */
  get count(): number {
    return this.#subscribed.count(this.#now());
  }

  /** Sh-Pull. */
  read(query: DataQuery, done: Done): void {
    this.#client.userData(
      { ...this.#keys(query), ...(query.requestedDomain && { requestedDomain: query.requestedDomain }) },
      (answer) => {
        const userData = 'userData' in answer ? answer.userData : undefined;
        this.#see(query.userIdentity, userData);
        done(this.#answered('UDR', answer, userData));
      },
    );
  }

  /** Sh-Update. */
  update(update: DataUpdate, done: Done): void {
    const { userIdentity, userName, serviceIndication, serviceData } = update;
    const key = sequenceKey(userIdentity, serviceIndication);
    const sequenceNumber = update.sequenceNumber ?? this.#nextSequenceNumber(key);
    const [dataReference, data] = changeIn(update, sequenceNumber);
    const dataReferences = [dataReference];
    const userData = formatShData(data);
    this.#client.profileUpdate(
      { userIdentity, ...(userName !== undefined && { userName }), dataReferences, userData },
      (answer) => {
        if (answer.kind === 'success') {
          if (serviceData === undefined) this.#sequenceNumbers.delete(key);
          else this.#sequenceNumbers.set(key, sequenceNumber);
        }
        done(this.#answered('PUR', answer, undefined));
      },
    );
  }

  /** Sh-Subs-Notif. `expiresMs`: from now; never where absent. `sendsData`: the answer brings the data. */
  subscribe(query: DataQuery, expiresMs: number | undefined, sendsData: boolean, done: Done): void {
    const wanted = expiresMs === undefined ? undefined : this.#wholeSeconds(expiresMs);
    const request = {
      ...this.#keys(query),
      subscribes: true,
      sendsData,
      ...(wanted !== undefined && { expiryTime: wanted }),
    };
    this.#client.subscribeNotifications(request, (answer) => {
      const userData = 'userData' in answer ? answer.userData : undefined;
      if (answer.kind === 'success') {
        const { expiryTime = wanted } = answer;
        this.#subscribed.add(uriOf(query.userIdentity), itemsIn(query, this.serverName, expiryTime));
      }
      this.#see(query.userIdentity, userData);
      done(this.#answered('SNR', answer, userData));
    });
  }

  unsubscribe(query: DataQuery, done: Done): void {
    this.#client.subscribeNotifications({ ...this.#keys(query), subscribes: false, sendsData: false }, (answer) => {
      if (answer.kind === 'success') {
        this.#subscribed.remove(uriOf(query.userIdentity), itemsIn(query, this.serverName));
      }
      done(this.#answered('SNR', answer, undefined));
    });
  }

  #keys(query: DataQuery) {
    const { userIdentity, dataReferences, serviceIndications, identitySets, dsaiTags, userName } = query;
    return {
      userIdentity,
      dataReferences,
      serviceIndications,
      identitySets,
      dsaiTags,
      ...(userName !== undefined && { userName }),
      ...(dataReferences.some((each) => ofServer.has(each)) && { serverName: this.serverName }),
      supportedFeatures: notifEff,
    };
  }

  /** TS 29.328 6.1.4: PNR, and what the AS makes of it. */
  #told({ userIdentity, userData }: PushNotificationQuery) {
    const uri = uriOf(userIdentity);
    const own = this.#subscribed.of(uri, this.#now());
    const data = parseShData(userData);
    if (data === undefined) return this.#refuse(uri, 5100, 'it cannot read that');
    if (own.length === 0) return this.#refuse(uri, 5001, 'it has asked for nothing of that user');
    const about = own.filter((item) => item.isIn(data));
    if (about.length === 0) return this.#refuse(uri, 5107, 'it has not subscribed to that');
    this.#see(userIdentity, userData);
    const what = about.map(({ name }) => name).join(', ');
    this.chassis.explain({
      what: 'info.subscriberDataChanged',
      text: `is told that ${what} of ${uri} has changed`,
      clause: 'TS 29.328 §6.1.4',
    });
    return success;
  }

  #refuse(uri: string, code: number, why: string) {
    const text = `refuses a notification of ${uri} with Experimental-Result-Code ${code}: ${why}`;
    this.chassis.explain({ what: 'info.notificationRefused', text, clause: 'TS 29.328 §6.1.4' });
    return experimental(code);
  }

  /** Remembers the sequence numbers in a document. */
  #see(userIdentity: UserIdentity, userData: string | undefined): void {
    if (userData === undefined) return;
    for (const { serviceIndication, sequenceNumber, serviceData } of parseShData(userData)?.repositoryData ?? []) {
      const key = sequenceKey(userIdentity, serviceIndication);
      if (serviceData === undefined) this.#sequenceNumbers.delete(key);
      else this.#sequenceNumbers.set(key, sequenceNumber);
    }
  }

  /** TS 29.328 6.1.2.1: 0 for new data, and 1 again after the last one. */
  #nextSequenceNumber(key: string): number {
    const seen = this.#sequenceNumbers.get(key);
    return seen === undefined ? 0 : (seen % lastSequenceNumber) + 1;
  }

  /** Expiry-Time has no fractions. */
  #wholeSeconds(fromNowMs: number): number {
    return Math.ceil((this.#now() + fromNowMs) / 1_000) * 1_000;
  }

  #now(): number {
    return this.chassis.environment.clock.now();
  }

  #answered(command: string, answer: DiameterAnswer<object>, userData: string | undefined): DataAnswer {
    if ('reason' in answer)
      return { result: answer.kind, reason: `${command} was not answered: ${answer.reason}`, userData };
    const isExperimental = answer.kind === 'experimental';
    const result = isExperimental ? answer.experimentalResultCode : answer.resultCode;
    const name = isExperimental ? 'Experimental-Result-Code' : 'Result-Code';
    return { result, reason: `${command} was answered with ${name} ${result}`, userData };
  }
}

/** Access key Application-Server-Name (TS 29.328 Table 7.6.1). */
const ofServer: ReadonlySet<DataReference> = new Set(['InitialFilterCriteria', 'DSAI']);

function changeIn(
  { serviceIndication, serviceData, dsaiTags = [], active = true }: DataUpdate,
  sequenceNumber: number,
): readonly [DataReference, ShData] {
  if (serviceIndication !== undefined) {
    return ['RepositoryData', { repositoryData: [{ serviceIndication, sequenceNumber, serviceData }] }];
  }
  if (dsaiTags.length > 0) return ['DSAI', { services: dsaiTags.map((tag) => ({ tag, active })) }];
  return ['PSIActivation', { psiActive: active }];
}

function uriOf({ publicIdentity, msisdn }: UserIdentity): string {
  const uri = publicIdentity ?? `tel:+${msisdn ?? ''}`;
  return identityKey(uri);
}

function sequenceKey(userIdentity: UserIdentity, serviceIndication = ''): string {
  return `${uriOf(userIdentity)} ${serviceIndication}`;
}
