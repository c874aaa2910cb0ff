import type { Account, Domain } from '../../core/domain.ts';
import type { DomainRef } from '../probe-store.ts';
import {
  type AccountChange,
  type AccountPorts,
  changeAccount,
  createAccount,
  deleteAccount,
} from './accounts.ts';
import type { DomainPageRequest } from './admin-store.ts';
import {
  addDomain,
  asItIsStored,
  changeDomain,
  type DomainChange,
  type DomainPorts,
  muteDomain,
  type PinWish,
  previewDomain,
  removeDomain,
} from './domains.ts';
import { createFollowers } from './followers.ts';
import { acknowledge, type IncidentPorts, openIncidents } from './incidents.ts';
import type { Actor } from './outcome.ts';
import { changePins, type PinChange } from './pins.ts';
import { answerProbe, answerProbesBriefly, type ProbePorts, requestProbes, type Ticket } from './probes.ts';
import { createToken, revokeToken, type TokenPorts, type TokenRequest } from './tokens.ts';

export type AdministrationPorts = AccountPorts & DomainPorts & IncidentPorts & ProbePorts & TokenPorts;

/** Everything that admins can do, with the ports bound: what the API offers. */
export type Administration = ReturnType<typeof createAdministration>;

export function createAdministration(ports: AdministrationPorts) {
  const { adminStore, tokens, desk, clock } = ports;
  return {
    now: clock,

    accountNames: () => adminStore.accountNames(),
    account: (name: string) => adminStore.account(name),
    createAccount: (account: Account, actor: Actor) => createAccount(account, actor, ports),
    changeAccount: (name: string, change: AccountChange, expected: string | undefined, actor: Actor) =>
      changeAccount(name, change, expected, actor, ports),
    deleteAccount: (name: string, expected: string | undefined, actor: Actor) =>
      deleteAccount(name, expected, actor, ports),

    domainPage: (account: string, request: DomainPageRequest) => adminStore.domainPage(account, request),
    domain: (ref: DomainRef) => adminStore.domain(ref),
    /** Only its text, even if it can't be read. */
    domainAsStored: (ref: DomainRef) => adminStore.domain(ref).catch(asItIsStored),
    record: (ref: DomainRef) => adminStore.record(ref),
    history: (ref: DomainRef, limit: number) => adminStore.history(ref, limit),
    addDomain: (account: string, domain: Domain, wish: PinWish, actor: Actor, signal: AbortSignal) =>
      addDomain(account, domain, wish, actor, ports, signal),
    previewDomain: (account: string, domain: Domain, wish: PinWish, actor: Actor, signal: AbortSignal) =>
      previewDomain(account, domain, wish, actor, ports, signal),
    changeDomain: (
      ref: DomainRef,
      change: DomainChange,
      expected: string | undefined,
      actor: Actor,
      signal: AbortSignal,
    ) => changeDomain(ref, change, expected, actor, ports, signal),
    removeDomain: (ref: DomainRef, expected: string | undefined, actor: Actor) =>
      removeDomain(ref, expected, actor, ports),
    muteDomain: (ref: DomainRef, until: number | null, actor: Actor) => muteDomain(ref, until, actor, ports),
    changePins: (ref: DomainRef, change: PinChange, expected: string | undefined, actor: Actor) =>
      changePins(ref, change, expected, actor, ports),

    openIncidents: (account: string) => openIncidents(account, ports),
    acknowledge: (account: string, id: string, note: string, actor: Actor) =>
      acknowledge(account, id, note, actor, ports),

    requestProbes: <Reached>(
      account: string,
      domains: readonly string[] | null,
      mayAsk: (count: number) => Promise<Reached | null>,
    ) => requestProbes(account, domains, mayAsk, ports),
    answerProbe: (account: string, ticket: Ticket) => answerProbe(account, ticket, ports),
    answerProbesBriefly: (account: string, tickets: readonly Ticket[]) =>
      answerProbesBriefly(account, tickets, ports),
    enterFollower: createFollowers(ports).enter,
    ticket: (account: string, id: string) => desk.ticket(account, id),
    follow: (account: string, ids: readonly string[], signal: AbortSignal) =>
      desk.follow(account, ids, signal),

    tokens: () => tokens.list(),
    createToken: (request: TokenRequest, actor: Actor) => createToken(request, actor, ports),
    revokeToken: (id: string, actor: Actor) => revokeToken(id, actor, ports),

    auditTrail: (account: string | null, limit: number) => adminStore.auditTrail(account, limit),
  };
}
