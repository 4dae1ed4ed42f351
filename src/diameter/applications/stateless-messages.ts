/**
 * What the messages of the 3GPP applications without sessions have alike, whichever the application: where a request goes, who
 * asks and answers, results and features (TS 29.229 6, TS 29.329 6, RFC 6733 7).
 */

/** Where a request goes. Unset: the client's own settings. */
export interface DiameterDestination {
  /** The HSS that answered before, where one is known (TS 29.228 6.4). */
  readonly destinationHost?: string | undefined;
  /** Realm of the user's home network. */
  readonly destinationRealm?: string;
}

/** A client's own settings. */
export interface DiameterDefaults extends DiameterDestination {
  /** A request whose host cannot be reached is asked anew of the realm: a new request, of whoever serves it there. */
  readonly fallsBack?: boolean;
}

/** Who asks, as the server sees it. */
export interface DiameterRequester {
  readonly sessionId: string;
  readonly originHost: string;
  readonly originRealm: string;
}

/** Who answered, as the client sees it: the S-CSCF keeps it for the identity's next requests (TS 29.228 6.4). */
export interface DiameterOrigin {
  readonly originHost: string;
  readonly originRealm: string;
}

/** Result-Code 2xxx. */
export interface DiameterSuccess {
  readonly kind: 'success';
  readonly resultCode: number;
}

/** A 3GPP code: 2xxx are good news (2001 FIRST_REGISTRATION …), 5xxx are not. Never the same thing as Result-Code of that number. */
export interface DiameterExperimental {
  readonly kind: 'experimental';
  readonly experimentalResultCode: number;
}

/** Any other Result-Code: 3xxx protocol errors, 4xxx, 5xxx. */
export interface DiameterError {
  readonly kind: 'error';
  readonly resultCode: number;
  /** Error-Message, for a person. */
  readonly errorMessage?: string;
  /** Sent only: the AVP at fault, as Failed-AVP wants it (RFC 6733 7.5), a text; one that is missing has an empty value. */
  readonly failedAvp?: {
    readonly name:
      | 'User-Name'
      | 'Public-Identity'
      | 'SIP-Authentication-Scheme'
      | 'Service-Indication'
      | 'Server-Name'
      | 'DSAI-Tag'
      | 'Requested-Domain';
    readonly value: string;
  };
}

export type DiameterResult = DiameterSuccess | DiameterExperimental | DiameterError;

/** No usable answer came. `timeout`: none in time, after one resend; `unreachable`: no open peer, or too much pending; `malformed`: it could not be decoded. */
export interface DiameterFailure {
  readonly kind: 'timeout' | 'unreachable' | 'malformed';
  readonly reason: string;
}

export interface SupportedFeatures {
  readonly vendorId: number;
  readonly featureListId: number;
  readonly featureList: number;
}

/** What the client gets: the result with the answer's AVPs and its sender, or why there is none. */
export type DiameterAnswer<TInfo> = (DiameterResult & TInfo & DiameterOrigin) | DiameterFailure;
/** What the server gives. */
export type DiameterReply<TInfo> = DiameterResult & TInfo;

/** How a server answers one request: at once or later, once. */
export type DiameterRespond<TInfo> = (reply: DiameterReply<TInfo>) => void;
