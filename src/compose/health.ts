/** The part of the composition root that asks a running service how it is: it starts within milliseconds, every 15 seconds. */
export { askListener } from '../adapters/http/ask-listener.ts';
