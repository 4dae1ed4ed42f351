/** Why an HSS refuses a Cx request (TS 29.229 6.2), in numbers for the peer and in words for the trace. */
import type { DiameterError } from '../../diameter/index.js';

/** Experimental and plain result codes share numbers, so the kind is part of it. */
export type Refusal = { readonly kind: 'experimental'; readonly experimentalResultCode: number } | DiameterError;

export const refusals = {
  userUnknown: { kind: 'experimental', experimentalResultCode: 5001 },
  identitiesDontMatch: { kind: 'experimental', experimentalResultCode: 5002 },
  identityNotRegistered: { kind: 'experimental', experimentalResultCode: 5003 },
  roamingNotAllowed: { kind: 'experimental', experimentalResultCode: 5004 },
  identityAlreadyRegistered: { kind: 'experimental', experimentalResultCode: 5005 },
  authSchemeNotSupported: { kind: 'experimental', experimentalResultCode: 5006 },
  errorInAssignmentType: { kind: 'experimental', experimentalResultCode: 5007 },
  servingNodeFeatureUnsupported: { kind: 'experimental', experimentalResultCode: 5012 },
  authorizationRejected: { kind: 'error', resultCode: 5003 },
  unableToComply: { kind: 'error', resultCode: 5012 },
  terminationPending: { kind: 'error', resultCode: 5012 },
  invalidAvpValue: { kind: 'error', resultCode: 5004 },
  missingAvp: { kind: 'error', resultCode: 5005 },
  occursTooManyTimes: { kind: 'error', resultCode: 5009 },
} as const satisfies Record<string, Refusal>;

interface Explanation {
  readonly what: string;
  /** Instead of `what` where the identity is that of a callee (LIR). */
  readonly whatOfCallee?: string;
  /** Completes "<command> for <identity> is refused: …". */
  readonly meaning: string;
}

const explanationList: readonly (readonly [Refusal, Explanation])[] = [
  [
    refusals.userUnknown,
    { what: 'cause.userUnknown', meaning: 'no such identity is provisioned here; add the subscriber or mend the UE' },
  ],
  [
    refusals.identitiesDontMatch,
    {
      what: 'cause.identitiesDontMatch',
      meaning:
        'the private and the public identity belong to different subscribers; compare IMPI and IMPU of the UE with one',
    },
  ],
  [
    refusals.identityNotRegistered,
    {
      what: 'cause.identityNotRegistered',
      whatOfCallee: 'cause.calleeNotRegistered',
      meaning: 'it is not registered and has no services for that case',
    },
  ],
  [
    refusals.roamingNotAllowed,
    {
      what: 'cause.roamingNotAllowed',
      meaning:
        'the subscription does not allow roaming in that visited network; compare its visited networks with the network of the P-CSCF',
    },
  ],
  [
    refusals.identityAlreadyRegistered,
    { what: 'cause.servedElsewhere', meaning: 'another S-CSCF is assigned, and no reassignment is pending' },
  ],
  [
    refusals.authSchemeNotSupported,
    {
      // No cause: the S-CSCF may ask for another scheme, and gives the cause where it does not.
      what: 'info.authSchemeNotSupported',
      meaning:
        'the subscription has nothing for that authentication scheme, so that the S-CSCF asks for another one; where that fails too, compare the scheme of the UE',
    },
  ],
  [
    refusals.errorInAssignmentType,
    { what: 'cause.errorInAssignmentType', meaning: 'that Server-Assignment-Type is not for Cx' },
  ],
  [
    refusals.authorizationRejected,
    {
      what: 'cause.authorizationRejected',
      meaning:
        'every public identity of the set is barred, or the subscription as a whole may not register; unbar one, or allow it',
    },
  ],
  [
    refusals.servingNodeFeatureUnsupported,
    {
      what: 'cause.servingNodeFeatureUnsupported',
      meaning: 'no node of the packet core that serves the UE could have it choose another P-CSCF',
    },
  ],
  [
    refusals.unableToComply,
    { what: 'cause.notAssigned', meaning: 'it comes from an S-CSCF that does not serve the user' },
  ],
  [
    refusals.terminationPending,
    {
      what: 'cause.terminationPending',
      meaning:
        'the user is being de-registered, and the S-CSCF has not answered RTR yet; once it has, the UE can register anew',
    },
  ],
  [
    refusals.invalidAvpValue,
    { what: 'cause.invalidServerName', meaning: 'its Server-Name is no SIP URI, and no request could be routed there' },
  ],
  [
    refusals.missingAvp,
    {
      what: 'cause.missingAvp',
      meaning: 'User-Name, Public-Identity or the scheme in SIP-Auth-Data-Item is missing',
    },
  ],
  [
    refusals.occursTooManyTimes,
    { what: 'cause.occursTooManyTimes', meaning: 'that Server-Assignment-Type allows one Public-Identity only' },
  ],
];

const explanations: ReadonlyMap<Refusal, Explanation> = new Map(explanationList);

/** Of a refusal with more in it, as a name or Failed-AVP; of those with one number the first. */
const explanationsByNumber: ReadonlyMap<string, Explanation> = new Map(
  explanationList.map(([refusal, explanation]) => [keyOf(refusal), explanation] as const).reverse(),
);

/** For a note: what it is, and what it means. */
export function explain(refusal: Refusal, ofCallee: boolean): Explanation {
  const explanation = explanations.get(refusal) ??
    explanationsByNumber.get(keyOf(refusal)) ?? { what: 'cause.hssRefused', meaning: 'no reason is known' };
  const what = (ofCallee ? explanation.whatOfCallee : undefined) ?? explanation.what;
  return { what, meaning: `${explanation.meaning} (${keyOf(refusal)})` };
}

/**
 * What an answer of an HSS means; `result` as `Experimental-Result-Code 5001` or `Result-Code 5012`. Undefined where it says
 * nothing, or one of several things.
 */
export function meaningOfResult(result: string): string | undefined {
  const meanings = explanationList.filter(([refusal]) => keyOf(refusal) === result);
  return meanings.length === 1 ? meanings[0]![1].meaning : undefined;
}

function keyOf(refusal: Refusal): string {
  return refusal.kind === 'experimental'
    ? `Experimental-Result-Code ${refusal.experimentalResultCode}`
    : `Result-Code ${refusal.resultCode}`;
}
