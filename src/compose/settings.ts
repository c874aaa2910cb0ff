/** The configuration in force: what can change without a restart is read here at the moment of use. */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/config.ts';

export interface Settings {
  now(): Config;
  put(config: Config): void;
}

export function createSettings(config: Config): Settings {
  let inForce = config;
  return {
    now: () => inForce,
    put(config) {
      inForce = config;
    },
  };
}

/**
 * Something that is built from settings, and built again at its first use after they have changed. Who uses the one
 * before goes on with it; `onReplaced` gets it.
 */
export function rebuilt<Part, T>(
  settings: Settings,
  pick: (config: Config) => Part,
  build: (part: Part) => T,
  onReplaced: (before: T) => void = () => {},
): () => T {
  let config = settings.now();
  let part = pick(config);
  let built = build(part);
  return () => {
    if (config === settings.now()) return built;
    config = settings.now();
    const next = pick(config);
    if (isDeepStrictEqual(part, next)) return built;
    const before = built;
    part = next;
    built = build(part);
    onReplaced(before);
    return built;
  };
}
