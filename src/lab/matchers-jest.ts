/** `import 'imslab/jest'` adds the lab's matchers to jest's `expect`, and their types to the global one and `@jest/globals`. */
import { expect } from '@jest/globals';
import { type LabMatchers, labMatchers } from './matchers.js';

declare global {
  namespace jest {
    interface Matchers<R> extends LabMatchers<R> {}
  }
}

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>> extends LabMatchers<R> {}
}

expect.extend(labMatchers);
