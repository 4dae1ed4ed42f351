/** Capabilities exchange (RFC 6733 5.3): what we say of ourselves and what we make of the other side's words. */

import type { Failure } from '../codec/error-answer.js';
import type { AvpsOf } from '../dictionaries/application.js';
import { type baseAvps, type baseDictionary, relayApplicationId } from '../dictionaries/base.dictionary.js';
import { vendor3gpp, vendorEtsi } from '../dictionaries/cx.dictionary.js';
import { base, type LocalNode } from './local-node.js';

type CapabilitiesExchange = (typeof baseDictionary)['commands']['Capabilities-Exchange'];
export type CapabilitiesRequest = AvpsOf<typeof baseAvps, CapabilitiesExchange['request'], 'received'>;
export type CapabilitiesAnswer = AvpsOf<typeof baseAvps, CapabilitiesExchange['answer'], 'received'>;

export const capabilitiesExchange = base.commands['Capabilities-Exchange'];

/** Why a connection cannot be. */
export type Refusal = Failure & { readonly reason: string };

/** Inband-Security-Id: no TLS on this connection. */
const noInbandSecurity = 0;
/** Of the applications that a peer offers, those that are named to it again. */
const namedMax = 8;

/** CX-60. Applications are listed inside Vendor-Specific-Application-Id, and IETF ones by themselves. */
export function ownCapabilities({ identity, identifiers, applications }: LocalNode) {
  const ofVendor = applications.filter(({ vendor }) => vendor !== 0);
  return {
    'Origin-Host': identity.originHost,
    'Origin-Realm': identity.originRealm,
    'Host-IP-Address': identity.addresses,
    'Vendor-Id': identity.vendorId,
    'Product-Name': identity.productName,
    'Origin-State-Id': identifiers.originStateId,
    // TS 29.229 5.6
    'Supported-Vendor-Id': [vendor3gpp, vendorEtsi],
    'Auth-Application-Id': applications.filter(({ vendor }) => vendor === 0).map(({ id }) => id),
    'Vendor-Specific-Application-Id': ofVendor.map(({ vendor, id }) => ({
      'Vendor-Id': vendor,
      'Auth-Application-Id': id,
    })),
  };
}

/**
 * CEA with a permanent failure: without the E bit it has all that a CEA must have (RFC 6733 5.3.2, 7.1.5), and the AVP at
 * fault.
 */
export function refusedCapabilities(local: LocalNode, { resultCode, reason, failedAvp }: Refusal) {
  return {
    'Result-Code': resultCode,
    ...ownCapabilities(local),
    'Error-Message': reason,
    'Failed-AVP': failedAvp === undefined ? [] : [{ AVP: [failedAvp] }],
  };
}

/** Applications that the other side offers, wherever it lists them. */
export function offeredApplications(avps: CapabilitiesRequest | CapabilitiesAnswer): ReadonlySet<number> {
  const offered = new Set([...avps['Auth-Application-Id'], ...avps['Acct-Application-Id']]);
  for (const group of avps['Vendor-Specific-Application-Id']) {
    const id = group['Auth-Application-Id'] ?? group['Acct-Application-Id'];
    if (id !== undefined) offered.add(id);
  }
  return offered;
}

/** RFC 6733 2.4, 5.3: a relay, be it the other side or this one, has all applications in common with everybody. */
export function isOffered(offered: ReadonlySet<number>, applicationId: number): boolean {
  return offered.has(applicationId) || offered.has(relayApplicationId) || applicationId === relayApplicationId;
}

/** Why a connection with such a CER cannot be (RFC 6733 5.3); undefined: it can. */
export function judgeCapabilities(local: LocalNode, avps: CapabilitiesRequest): Refusal | undefined {
  const host = avps['Origin-Host'];
  const security = avps['Inband-Security-Id'];
  if (security.length > 0 && !security.includes(noInbandSecurity)) {
    return {
      resultCode: 5017,
      reason: `${host} wants Inband-Security-Id ${security.join(', ')}, and there is none here`,
    };
  }
  const offered = offeredApplications(avps);
  if (local.applications.some(({ id }) => isOffered(offered, id))) return undefined;
  const served = local.applications.map(({ id, name }) => `${id} (${name})`).join(', ');
  const theirs = offered.size === 0 ? 'no application' : `application ${[...offered].slice(0, namedMax).join(', ')}`;
  return { resultCode: 5010, reason: `${host} offers ${theirs}, and ${served} is what there is here` };
}
