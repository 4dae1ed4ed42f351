/** What an S-CSCF answers itself, and what it adds to answers of others. */
import type { Cause, Chassis, RoutedRequest } from '../../node/index.js';
import type { SipRequest, SipResponse } from '../../sip/index.js';
import { answered } from '../session/charging-vector.js';

export interface Refusal {
  readonly status: number;
  readonly cause: Cause;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
  readonly contentType?: string;
}

export function refuse(chassis: Chassis, { server }: RoutedRequest, { status, cause, ...parts }: Refusal): void {
  chassis.explain(cause);
  server.reply(status, parts);
}

/** CALL-13: a response goes back with what this hop's request said, and with our network as the terminating one. */
export function withTermIoi(response: SipResponse, request: SipRequest, homeDomain: string): string | undefined {
  const charging = request.header('P-Charging-Vector');
  if (charging === undefined || !response.has('P-Charging-Vector')) return undefined;
  return response.edit().set('P-Charging-Vector', answered(charging, homeDomain)).text();
}
