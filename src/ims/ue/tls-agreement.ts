/**
 * The UE's part of a security agreement on TLS: it offers `tls`, and what the P-CSCF challenges is answered over TLS, as
 * everything is from then on. RFC 3329; TS 33.203 Annex O; TS 24.229 5.1.1.2.4, 5.1.1.4.4, 5.1.1.5.5.
 */
import { parseSecurityMechanisms } from '../../ipsec/index.js';
import type { Destination, ListenPoint, SipResponse } from '../../sip/index.js';
import type { Advice } from './failure.js';
import type { NetworkAccess } from './network-access.js';

export class TlsAgreement {
  readonly offered = 'tls';
  #temporary: NetworkAccess | undefined;
  #established: NetworkAccess | undefined;

  /**
   * @param local the own point that Via and Contact show
   * @param securedPoint where the P-CSCF takes TLS, by where it takes other requests
   */
  constructor(
    private readonly local: ListenPoint,
    private readonly securedPoint: (proxy: Destination) => Destination | undefined,
  ) {}

  get access(): NetworkAccess | undefined {
    return this.#established;
  }

  get answerAccess(): NetworkAccess | undefined {
    return this.#temporary;
  }

  /** There is nothing in it that would change. */
  newOffer(): void {}

  /** TS 24.229 5.1.1.5.5: the P-CSCF has to have chosen TLS. */
  take(response: SipResponse, way: NetworkAccess): Advice | undefined {
    const securityServer = response.headers('Security-Server');
    const names = parseSecurityMechanisms(securityServer).map(({ name }) => name);
    const [proxy] = way.destinations;
    if (!names.includes('tls')) return nothingChosen(names);
    const destination = proxy && (proxy.protocol === 'tls' ? proxy : this.securedPoint(proxy));
    if (destination === undefined) throw new Error('there is no way to the P-CSCF over TLS');
    this.#temporary = way.protectedBy({ local: this.local, destination, securityServer });
    return undefined;
  }

  granted(): void {
    this.#established = this.#temporary ?? this.#established;
    this.#temporary = undefined;
  }

  release(): void {
    this.#temporary = undefined;
    this.#established = undefined;
  }

  /** One socket sends in its own name. */
  senderOf(): undefined {
    return undefined;
  }
}

function nothingChosen(names: readonly string[]): Advice {
  const found = names.length === 0 ? 'has no Security-Server' : `names ${names.join(', ')} in Security-Server`;
  const text =
    `the challenge ${found}, and this UE registers over TLS only: see whether the P-CSCF listens on tls://, and whether a node ` +
    'between has taken Security-Client out';
  return { text, clause: 'TS 24.229 §5.1.1.5.5' };
}
