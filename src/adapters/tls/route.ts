import type { Socket } from 'node:net';
import type { Failure } from '../../core/observation.ts';

export interface Place {
  readonly address: string;
  readonly port: number;
}

/** How TCP connections get to a server: directly, or through a proxy. */
export interface Route {
  /** Where the TCP connection goes. */
  readonly firstHop: (target: Place) => { readonly host: string; readonly port: number };
  /**
   * Makes of a connection to the first hop one to the target, or tells why not; reads nothing that the target has sent.
   * Left out: the first hop is the target. The caller ends it at its deadline, by destroying the socket.
   */
  readonly reach?: (socket: Socket, target: Place, timeoutMs: number) => Promise<Failure | null>;
  /** What an error of the TCP connection to the first hop means. Left out: what it means for the target. */
  readonly failure?: (error: unknown) => Failure;
}

export const direct: Route = { firstHop: ({ address, port }) => ({ host: address, port }) };
