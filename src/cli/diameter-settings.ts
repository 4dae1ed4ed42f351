/** `--set NAME=VALUE` of `imslab diameter`. */
import { UsageError } from '../lab/errors.js';
import { type Override, parseOverride } from '../topology/source.js';

/** A value of the file by its name. Throws UsageError. */
export function valueOverrides(written: readonly string[]): readonly Override[] {
  return written.map((text) => {
    if (!/^[A-Za-z_][\w-]*=/.test(text))
      throw new UsageError(`--set ${text}: is not NAME=VALUE; write it like --set imsi=001010000000001`);
    // Values are text in the end: digits stay as they are typed.
    const { text: shown } = parseOverride(text);
    return {
      path: ['values', text.slice(0, text.indexOf('='))],
      value: text.slice(text.indexOf('=') + 1),
      text: shown,
    };
  });
}
