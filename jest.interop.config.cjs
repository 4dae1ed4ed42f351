const base = require('./jest.config.cjs');

/** Tests against programs that we did not write (tshark, sipp, freeDiameter). */
module.exports = {
  ...base,
  testPathIgnorePatterns: ['/node_modules/'],
  testMatch: ['<rootDir>/test/interop/**/*.test.ts'],
  testTimeout: 180000,
};
