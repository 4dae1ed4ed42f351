/** What the messages of Cx and Sh begin and end with: no session outlives an answer (TS 29.229 6.1, TS 29.329 6.1). */

export const requestHead = {
  'Session-Id': 'required',
  'Vendor-Specific-Application-Id': 'required',
  'Auth-Session-State': 'required',
  'Origin-Host': 'required',
  'Origin-Realm': 'required',
  'Destination-Host': 'optional',
  'Destination-Realm': 'required',
} as const;

export const answerHead = {
  'Session-Id': 'required',
  'Vendor-Specific-Application-Id': 'required',
  'Result-Code': 'optional',
  'Experimental-Result': 'optional',
  'Auth-Session-State': 'required',
  'Origin-Host': 'required',
  'Origin-Realm': 'required',
  'Supported-Features': 'many',
} as const;

export const requestTail = { AVP: 'many', 'Proxy-Info': 'many', 'Route-Record': 'many' } as const;
export const answerTail = { AVP: 'many', 'Failed-AVP': 'many', 'Proxy-Info': 'many', 'Route-Record': 'many' } as const;
