/** A topology with everything resolved: profiles read, references checked, addresses given. Plain data. */
import type { SessionService } from '../ims/as/config.js';
import type { Services } from '../ims/hss/profile-change.js';
import type { ScscfConfig } from '../ims/scscf/config.js';
import type { Subscriber } from '../ims/subscription/subscriber.js';
import type { SubscriberList, SubscriberRange } from '../ims/subscription/subscriber-range.js';
import type { AnswerBehaviour, UeConfig } from '../ims/ue/config.js';
import type { Names } from './name-records.js';
import type { Listen } from './scalars.js';
import type { PcscfSecuritySettings, UeSecuritySettings } from './security-schema.js';
import type { ShInput } from './sh-schema.js';
import type { TlsFiles } from './tls-files.js';
import type { LinkInput, Role } from './topology-schema.js';
import type { UeQuirks } from './ue-schema.js';

export interface LabListen extends Listen {
  /** `topologies/volte.yaml:8:30`: the entry that a start failure is blamed on. */
  readonly where: string;
  /** `nodes.pcscf1.listen[0]` */
  readonly key: string;
}

interface NodeBase {
  readonly name: string;
  /** In order of preference; never empty. */
  readonly listen: readonly LabListen[];
}

/** A node that speaks SIP. */
interface SipNodeBase extends NodeBase {
  /** Undefined: it has no TLS. */
  readonly tls?: TlsFiles | undefined;
}

/** What an operator profile decides, with defaults filled in. */
export interface OperatorSettings {
  readonly registration: {
    readonly expiresMin: number;
    readonly expiresMax: number;
    readonly expiresDefault: number;
    readonly awaitAuthMs: number;
    readonly contactsMax: number;
  };
  readonly authentication: ScscfConfig['authentication'];
  readonly diameterTimers: { readonly reconnectMs: number; readonly watchdogMs: number; readonly answerMs: number };
  /** Anybody may connect by Diameter, or nodes of the topology alone. */
  readonly acceptUnknownPeers: boolean;
  readonly datagramSizeMax: number | undefined;
  /** Without a final answer, before new ones get 503; no bound of its own where absent. */
  readonly requestsMax: number | undefined;
  readonly security: PcscfSecuritySettings;
  /** P-CSCF. */
  readonly access: {
    readonly subscribe: boolean;
    readonly keepAliveMs: number | undefined;
    readonly trusted: readonly string[];
  };
}

export interface Capabilities {
  readonly mandatory: readonly number[];
  readonly optional: readonly number[];
}

export interface PcscfNode extends SipNodeBase {
  readonly role: 'p-cscf';
  readonly external: false;
  readonly network: string;
  readonly operator: OperatorSettings;
}

export interface IcscfNode extends SipNodeBase {
  readonly role: 'i-cscf';
  readonly external: false;
  /** Its Diameter peers, the preferred one first. */
  readonly peers: readonly string[];
  readonly operator: OperatorSettings;
}

export interface ScscfNode extends SipNodeBase {
  readonly role: 's-cscf';
  readonly external: false;
  /** Its Diameter peers, the preferred one first. */
  readonly peers: readonly string[];
  readonly capabilities: Capabilities;
  readonly restoration: boolean;
  readonly sharedServices: boolean;
  /** Octets. */
  readonly userDataMax: number | undefined;
  /** As they stand in Feature-Caps; none where absent. */
  readonly featureCaps: readonly string[] | undefined;
  readonly operator: OperatorSettings;
}

/** A durable store, and where the topology names it. */
export interface StorePlace {
  /** `lmdb:/srv/hss` or `postgres://…` */
  readonly address: string;
  readonly where: string;
  /** `nodes.hss1.store` */
  readonly key: string;
}

export interface HssNode extends NodeBase {
  readonly role: 'hss';
  readonly external: false;
  readonly subscribers: readonly Subscriber[];
  /** Those of lines with a large count. */
  readonly ranges: readonly SubscriberRange[];
  /** The subscriber file's services, for changed profiles. */
  readonly services: Services;
  /** Path of the subscriber file, where there is one. */
  readonly subscriberFile: string | undefined;
  /** Where subscribers and their states are kept; in memory where absent. */
  readonly store: StorePlace | undefined;
  /** What application servers may do; undefined: it does not speak Sh. */
  readonly sh: ShInput | undefined;
  readonly operator: OperatorSettings;
}

/** What 3006 says of its Redirect-Hosts (RFC 6733 6.13, 6.14). */
export interface RedirectSettings {
  readonly usage: number;
  readonly cacheSeconds: number | undefined;
}

/** A row of the realm table (RFC 6733 2.7), by names of nodes. */
export interface LabRealmRoute {
  /** `*`: any. */
  readonly realm: string;
  /** Application-Id; any where absent. */
  readonly application: number | undefined;
  /** The preferred one first. */
  readonly to: readonly string[];
}

export interface DraNode extends NodeBase {
  readonly role: 'dra';
  readonly external: false;
  readonly mode: 'relay' | 'proxy' | 'redirect';
  readonly peers: readonly string[];
  readonly routes: readonly LabRealmRoute[];
  readonly redirect: RedirectSettings;
  readonly operator: OperatorSettings;
}

export interface SlfNode extends NodeBase {
  readonly role: 'slf';
  readonly external: false;
  readonly mode: 'redirect' | 'proxy';
  /** Its HSSs. */
  readonly peers: readonly string[];
  /** Whom each HSS has, by its name. */
  readonly provisioned: ReadonlyMap<string, SubscriberList>;
  readonly redirect: RedirectSettings;
  readonly operator: OperatorSettings;
}

export interface AsNode extends SipNodeBase {
  readonly role: 'as';
  readonly external: false;
  readonly subscribes: boolean;
  readonly service: SessionService;
  /** HSSs, or agents on the way to them; none: it does not speak Sh. */
  readonly peers: readonly string[];
  readonly operator: OperatorSettings;
}

export interface UeSettings {
  readonly registration: UeConfig['registration'];
  readonly quirks: UeQuirks;
  readonly answer: AnswerBehaviour;
  readonly ringMs: number;
  readonly bearerMs: number;
  readonly reliableRinging: boolean;
  readonly codecs: readonly ('AMR-WB' | 'AMR')[];
  readonly accessNetworkInfo: string;
  readonly datagramSizeMax: number | undefined;
  readonly security: UeSecuritySettings;
}

export interface LabUe extends SipNodeBase {
  readonly role: 'ue';
  readonly external: false;
  readonly imsi: string;
  /** The P-CSCF that it goes to first. */
  readonly via: string;
  /** All of its P-CSCFs, in order of preference. */
  readonly proxies: readonly string[];
  readonly privateIdentity: string;
  readonly publicIdentity: string;
  readonly sim: UeConfig['sim'];
  readonly authentication: UeConfig['authentication'];
  readonly rtpPort: number;
  readonly settings: UeSettings;
  /** The translator that it is behind; `listen` is what it knows of itself. */
  readonly nat: { readonly address: string; readonly mappingMs: number } | undefined;
}

/** Real equipment: imslab does not start it and sends to its address. */
export interface ExternalNode extends NodeBase {
  readonly role: Role;
  readonly external: true;
  readonly originHost: string | undefined;
  readonly capabilities: Capabilities;
}

export type RunNode = PcscfNode | IcscfNode | ScscfNode | HssNode | DraNode | SlfNode | AsNode | LabUe;
export type LabNode = RunNode | ExternalNode;

export interface Lab {
  /** As shown in messages. */
  readonly file: string;
  readonly home: string;
  /** In the file's order. */
  readonly nodes: readonly LabNode[];
  readonly links: readonly LinkInput[];
  /** What names mean beyond those of the nodes. */
  readonly names: Names;
}

export function isUe(node: LabNode): node is LabUe {
  return node.role === 'ue' && !node.external;
}
