/** How users pick messages and what stands in them: patterns, field paths, matchers. Pure; what is wrong is a PatternError. */
export { type CompiledPattern, compilePattern } from './compile.js';
export { diameterFields, type FieldProtocol, type PathStep, parseFieldPath, sipFields } from './field-path.js';
export { checkMatcher, describeMatcher, matchesValue } from './matcher.js';
export { type MessageWord, type Mismatch, parseMessageWord } from './message-word.js';
export { nearestWord, suggest, useOneOf } from './nearest-word.js';
export type { Matcher, MessagePattern, SeenMessage } from './pattern.js';
export { PatternError } from './pattern-error.js';
export { readField, readMessage } from './seen.js';
export { grammarOf, nonceParts } from './sip-field.js';
