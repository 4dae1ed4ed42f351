/** Diameter: dictionaries, codec, peers, and the Cx application. */
export type * from './applications/cx-messages.js';
export type { Application, AvpDefinition, CommandDefinition, Grammar, RawAvp } from './dictionaries/application.js';
export { baseDictionary } from './dictionaries/base.dictionary.js';
export { cxDictionary, vendor3gpp } from './dictionaries/cx.dictionary.js';
export { experimentalResultCodes, resultCodes } from './dictionaries/result-codes.js';
