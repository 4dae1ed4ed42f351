/** Which features client and server of Cx have in common (TS 29.229 7.1, 7.2). */
import type { Request } from '../codec/decode.js';
import { readableAvps } from '../codec/error-answer.js';
import { cxDictionary } from '../dictionaries/cx.dictionary.js';
import type { SupportedFeatures } from './stateless-messages.js';

/** Bits of Feature-List 1 (TS 29.229 7.1.1). */
export const cxFeature = {
  /** Criteria that the S-CSCF has by a number. */
  sharedFilterCriteria: 1,
  aliases: 2,
  /** Contacts of a registration that outlive their S-CSCF (TS 23.380 4). */
  restoration: 4,
  /** TS 23.380 5.4. */
  proxyRestoration: 8,
} as const;

export type Features = SupportedFeatures;

/** List 1 with these bits. */
export function cxFeatures(bits: number): Features {
  return { vendorId: cxDictionary.vendor, featureListId: 1, featureList: bits };
}

/** The bits of list 1 in a message; 0 where it has none. */
export function cxFeatureBits(list: readonly SupportedFeatures[] | undefined): number {
  const own = list?.find(({ vendorId, featureListId }) => vendorId === cxDictionary.vendor && featureListId === 1);
  return own?.featureList ?? 0;
}

export const featureUnsupported = { kind: 'experimental', experimentalResultCode: 5011 } as const;

type AnyRequest = Pick<Request, 'avps' | 'bytes'>;

interface FeatureAvps {
  readonly 'Vendor-Id': number;
  readonly 'Feature-List-ID': number;
  readonly 'Feature-List': number;
}

function listsOf({ avps }: AnyRequest): readonly FeatureAvps[] {
  return (avps as { readonly 'Supported-Features'?: readonly FeatureAvps[] })['Supported-Features'] ?? [];
}

export function asksForFeatures(request: AnyRequest): boolean {
  return listsOf(request).length > 0;
}

const { code, vendor } = cxDictionary.avps['Supported-Features'];

/** TS 29.229 7.2.2: with the M bit set, the server has to have all of the list. */
export function requiresMore(request: AnyRequest, own: Features): boolean {
  const lists = listsOf(request);
  const raw = readableAvps(request.bytes).filter((avp) => avp.code === code && avp.vendor === vendor);
  return lists.some((list, at) => {
    if (raw[at]?.mandatory !== true) return false;
    const isKnown = list['Vendor-Id'] === own.vendorId && list['Feature-List-ID'] === own.featureListId;
    return ((isKnown ? ~own.featureList : ~0) & list['Feature-List']) !== 0;
  });
}
