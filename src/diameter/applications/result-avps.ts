/** Between results as functions see them and the AVPs Result-Code, Experimental-Result and Failed-AVP (RFC 6733 7, TS 29.229 6.2). */
import { formats } from '../codec/formats.js';
import type { RawAvp } from '../dictionaries/application.js';
import { vendor3gpp } from '../dictionaries/cx.dictionary.js';
import { spokenAvps } from '../dictionaries/spoken.js';
import type { DiameterError, DiameterResult } from './stateless-messages.js';

interface ResultAvps {
  readonly 'Result-Code'?: number;
  readonly 'Experimental-Result'?: { readonly 'Experimental-Result-Code': number };
  readonly 'Error-Message'?: string;
}

const isSuccess = (code: number): boolean => code >= 2000 && code < 3000;

/** What the AVPs say of the result, put into what was read of the answer. */
export function takeResult(avps: ResultAvps, into: Record<string, unknown>): void {
  const result = toResult(avps);
  into.kind = result.kind;
  if (result.kind === 'experimental') into.experimentalResultCode = result.experimentalResultCode;
  else into.resultCode = result.resultCode;
  if (result.kind === 'error') into.errorMessage = result.errorMessage;
}

/**
 * Exactly one of the two results should be there (TS 29.229 6.2). Some HSSs send both: then the experimental one
 * counts when it is an error, else Result-Code.
 */
function toResult(avps: ResultAvps): DiameterResult {
  const resultCode = avps['Result-Code'];
  const experimental = avps['Experimental-Result']?.['Experimental-Result-Code'];
  if (experimental !== undefined && (resultCode === undefined || !isSuccess(experimental))) {
    return { kind: 'experimental', experimentalResultCode: experimental };
  }
  // An answer without any result is one that breaks the grammar: 5005 MISSING_AVP, of our own making.
  if (resultCode === undefined) return { kind: 'error', resultCode: 5005, errorMessage: 'the answer has no result' };
  if (isSuccess(resultCode)) return { kind: 'success', resultCode };
  return { kind: 'error', resultCode, errorMessage: avps['Error-Message'] };
}

/** The AVPs of the result, put into those of the answer. */
export function putResult(result: DiameterResult, into: Record<string, unknown>): void {
  if (result.kind === 'experimental') {
    const experimental = { 'Vendor-Id': vendor3gpp, 'Experimental-Result-Code': result.experimentalResultCode };
    into['Experimental-Result'] = experimental;
    return;
  }
  into['Result-Code'] = result.resultCode;
  if (result.kind === 'error' && result.failedAvp !== undefined)
    into['Failed-AVP'] = [{ AVP: [rawAvp(result.failedAvp)] }];
}

function rawAvp({ name, value }: NonNullable<DiameterError['failedAvp']>): RawAvp {
  const { code, vendor, mandatory, format } = spokenAvps[name]!;
  // RFC 6733 7.1.5: an example of what is missing has the least length of its format, and zeroes.
  const data =
    value === '' && format !== 'Grouped' ? Buffer.alloc(formats[format].minimum) : Buffer.from(value, 'utf8');
  return { code, vendor, mandatory, data };
}
