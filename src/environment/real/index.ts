/** The real environment: sockets, the operating system's clock and randomness. */
export { createRealEnvironment, type RealEnvironment } from './environment.js';
export { identityProblem } from './tls.js';
