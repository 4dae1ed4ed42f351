/** Where the functions are that charge for a user, as SIP nodes of the home network hear it. TS 24.229 §5.4.1.2.2F, §5.4.3.2; RFC 7315 4.5. */
import type { ChargingInformation } from '../../diameter/index.js';
import { quote } from '../../sip/index.js';

/** The value of P-Charging-Function-Addresses. */
export function chargingFunctions(charging: ChargingInformation | undefined): string | undefined {
  if (charging === undefined) return undefined;
  const {
    primaryChargingCollectionFunctionName: ccf,
    secondaryChargingCollectionFunctionName: ccf2,
    primaryEventChargingFunctionName: ecf,
    secondaryEventChargingFunctionName: ecf2,
  } = charging;
  const parts = [
    ...[ccf, ccf2].map((name) => name && `ccf=${quote(name)}`),
    ...[ecf, ecf2].map((name) => name && `ecf=${quote(name)}`),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(';');
}
