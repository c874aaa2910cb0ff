/** The part of the composition root that writes the alert rules for Prometheus. */
import { rulesContent, rulesText } from '../adapters/prometheus/rules-file.ts';
import type { RulesPorts } from '../cli/rules-command.ts';
import { type LoadOptions, loadConfig, surroundings } from '../config/load.ts';

export function composeRules(options: Omit<LoadOptions, 'path'>): RulesPorts {
  return {
    load: async (path) => {
      const named = path ?? surroundings().config;
      return named === undefined ? null : loadConfig({ ...options, path: named });
    },
    text: rulesText,
    content: rulesContent,
  };
}
