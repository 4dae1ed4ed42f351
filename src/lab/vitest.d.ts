/** As much of vitest as matchers-vitest.ts needs: the project's own tests run in jest. */
declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: vitest has it so, and declarations of one interface must agree
  interface Assertion<T = any> {}
  export const expect: { extend(matchers: object): void };
}
