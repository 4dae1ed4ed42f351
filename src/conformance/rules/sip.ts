/** The rules of the SIP core that traces are checked for. */
import type { Rule } from '../rule.js';
import { sipDialogRules } from './sip-dialog.js';
import { sipMessageRules } from './sip-message.js';
import { sipProxyRules } from './sip-proxy.js';
import { sipScheduleRules } from './sip-schedule.js';
import { sipTransactionRules } from './sip-transaction.js';
import { sipTransportRules } from './sip-transport.js';

export const sipRules: readonly Rule[] = [
  ...sipMessageRules,
  ...sipTransportRules,
  ...sipScheduleRules,
  ...sipTransactionRules,
  ...sipProxyRules,
  ...sipDialogRules,
];
