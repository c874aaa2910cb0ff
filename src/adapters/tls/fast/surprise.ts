/**
 * Anything that a handshake asking only what is needed does not expect: node:tls is to say what it means. No fault by itself.
 * The message is ours alone, and for tests and debugging: nothing that a server sent is in it as text.
 */
export class Surprise extends Error {
  override readonly name = 'Surprise';
}
