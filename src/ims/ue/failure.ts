/** Why something did not succeed, in one plain sentence. */
import type { SipResponse } from '../../sip/index.js';

export interface Failure {
  /** Final SIP status; undefined where none came. */
  readonly status: number | undefined;
  readonly text: string;
  readonly clause: string | undefined;
}

export interface Advice {
  /** What to check, or what it means. */
  readonly text: string;
  readonly clause: string;
}

/** «the network answered 403 Forbidden (from Warning): …». */
export function answerText(response: SipResponse, advice: Advice | undefined): string {
  const { status, reason } = response;
  const detail = response.header('Warning') ?? response.header('Reason');
  const said = `the network answered ${status} ${reason}`.trimEnd() + (detail === undefined ? '' : ` (${detail})`);
  return advice === undefined ? said : `${said}: ${advice.text}`;
}

/** RFC 3261 25.1 bounds no delta-seconds; what does not fit 32 bits is no time that anybody means (SIP-09). */
const secondsMax = 2 ** 32 - 1;

/** Milliseconds of Retry-After; its comment and parameters are left out. RFC 3261 20.33. */
export function retryAfterMs(response: SipResponse): number | undefined {
  const seconds = Number.parseInt(response.header('Retry-After') ?? '', 10);
  return Number.isNaN(seconds) ? undefined : Math.min(seconds, secondsMax) * 1000;
}
