/** How much of a message is read before it is refused (SIP-11). */
export interface Limits {
  /** Octets of the whole message. */
  readonly messageOctetsMax: number;
  readonly headerLinesMax: number;
  /** Values of Via, over all lines. */
  readonly viaCountMax: number;
}

/** For messages of our own making: what came in within the limits may have grown by what this hop added. */
export const noLimits: Limits = { messageOctetsMax: Infinity, headerLinesMax: Infinity, viaCountMax: Infinity };

export const defaultLimits: Limits = { messageOctetsMax: 65_536, headerLinesMax: 256, viaCountMax: 70 };
