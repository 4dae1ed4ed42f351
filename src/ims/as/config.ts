import type { ListenPoint, Resolver, TlsSettings } from '../../sip/index.js';
import type { DiameterConfig } from '../diameter-config.js';

/** An announcement's length where nobody says it, ms. */
export const announcementMs = 30_000;

/** What an application server does with the initial requests that S-CSCFs send to it (TS 24.229 §5.7, TS 23.218 9.1). */
export type SessionService =
  /** SIP proxy: passes them on (TS 24.229 §5.7.4). Of a PSI that I-CSCFs send to it directly it is the terminating user agent. */
  | {
      readonly actsAs: 'proxy';
      /** It stays in the way of the dialogs. */
      readonly recordRoute: boolean;
      /** Headers of what it passes on. */
      readonly set: readonly (readonly [string, string])[];
      readonly remove: readonly string[];
      /** Communication diversion (TS 24.604): a URI, and whether to it at once (CFU) or where the callee is busy (CFB). */
      readonly divertTo: string | undefined;
      readonly divertOn: 'always' | 'busy';
    }
  /** Redirect server: 302 with these contacts. */
  | { readonly actsAs: 'redirect'; readonly contact: string }
  /** Terminating user agent (§5.7.2): an announcement or a voice mailbox for calls, 200 for the rest. */
  | { readonly actsAs: 'user-agent'; readonly playMs: number }
  /** It refuses everything. */
  | { readonly actsAs: 'refusal'; readonly status: number };

/** What an application server is given (TS 23.218, TS 24.229 §5.7). */
export interface AsConfig {
  readonly listen: readonly ListenPoint[];
  readonly resolve: Resolver;
  readonly homeDomain: string;
  /** Own SIP URI: what filter criteria name, and what stands in P-Asserted-Identity of its requests. */
  readonly serverName: string;
  /** Whether it watches the registrations of the users that it is told of (CALL-83). */
  readonly subscribes: boolean;
  readonly service: SessionService;
  /** Needed where there is a `tls` listen point. */
  readonly tls?: TlsSettings | undefined;
  /** Towards the HSS; without it the AS does not speak Sh. */
  readonly diameter: DiameterConfig | undefined;
  readonly datagramSizeMax: number | undefined;
  /** SIP-62: requests without a final answer, from where new ones get 503. */
  readonly requestsMax?: number | undefined;
}
