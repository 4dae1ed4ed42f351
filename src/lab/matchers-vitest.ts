/** `import 'imslab/vitest'` adds the lab's matchers to vitest's `expect`, and their types. */
import { expect } from 'vitest';
import { type LabMatchers, labMatchers } from './matchers.js';

declare module 'vitest' {
  interface Assertion<T> extends LabMatchers<void> {}
}

expect.extend(labMatchers);
