/** The part of the composition root that asks a running service for its health: every 15 s, so it must start fast. */
export { askListener } from '../adapters/http/ask-listener.ts';
