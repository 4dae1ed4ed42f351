export { type NatListener, type NatSettings, natEnvironment } from './nat-node.js';
