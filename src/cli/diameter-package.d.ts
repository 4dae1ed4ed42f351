/** The part of the npm package `diameter` that is used: the names of what other applications send. It has no types. */
declare module 'diameter/lib/diameter-dictionary.js' {
  interface NamedCode {
    readonly code: number;
    readonly name: string;
  }
  interface ForeignAvp extends NamedCode {
    readonly vendorId: number;
    readonly type: string;
  }
  export function getApplicationById(id: number): NamedCode | undefined;
  export function getCommandByCode(code: number): NamedCode | undefined;
  export function getAvpByCodeAndVendorId(code: number, vendorId: number): ForeignAvp | undefined;
}
