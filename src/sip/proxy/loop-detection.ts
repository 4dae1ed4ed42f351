/**
 * Loops and spirals. SIP-43 / RFC 5393: the last part of our branch is a hash over what decides where a request goes. A
 * request that comes back with the same hash has looped; one that comes back changed spirals, as all calls in an IMS do.
 *
 * Deviates: the topmost Via is not part of the hash, because the branch that the previous hop puts there differs in every
 * round, so that no loop would ever be found.
 */
import crypto from 'node:crypto';
import { headerId } from '../message/header-names.js';
import { hostPort, type SipRequest } from '../message/index.js';
import { suffixOfBranch } from '../transaction/branch.js';

const HASH_LENGTH = 16;

/** One call without a hash object, twice as fast, since Node 20.12. */
const oneShotHash = crypto.hash as typeof crypto.hash | undefined;

const md5: (text: string) => string = oneShotHash
  ? (text) => oneShotHash('md5', text, 'hex')
  : (text) => crypto.createHash('md5').update(text).digest('hex');

/** What decides where a request goes, beside its Request-URI. RFC 5393 4.2.1. */
const decidingHeaders = ['Route', 'Proxy-Require', 'Proxy-Authorization'].map(headerId);

/** Of the request as it was received. */
export function loopHash(request: SipRequest): string {
  const { requestUri, callId, cseq, fromTag, toTag, index } = request;
  let text = `${requestUri}\n${callId}\n${cseq.sequence}\n${fromTag ?? ''}\n${toTag ?? ''}`;
  for (const id of decidingHeaders) {
    for (let line = index.find(id, '', 0); line !== -1; line = index.find(id, '', line + 1)) {
      text += `\n${index.value(line)}`;
    }
  }
  return md5(text).slice(0, HASH_LENGTH);
}

/** True when the request has been here before and nothing has changed since. `sentBy` are those of this proxy, as it writes them. */
export function isLoop(request: SipRequest, sentBy: readonly string[]): boolean {
  // Most requests are here for the first time: nothing is parsed for them.
  const lines = request.headers('Via');
  if (!sentBy.some((own) => lines.some((line) => line.includes(own)))) return false;
  let hash: string | undefined;
  for (const via of request.vias) {
    if (via.branch === undefined || !sentBy.includes(hostPort(via.host, via.port))) continue;
    hash ??= loopHash(request);
    if (suffixOfBranch(via.branch) === hash) return true;
  }
  return false;
}
