export { type MappingListener, type NatSettings, natEnvironment } from './nat-node.js';
