/**
 * Follows the configuration of one channel. What is in force only rises: at launch the stored bundle or the floor, later
 * what was fetched. Whatever fails, what is in force stays.
 */
import { type Trust, type VerifiedBundle, verifyBundle } from './bundle.ts';
import { changeBetween } from './change.ts';
import { defaultRefresh } from './configuration.ts';
import { type Decision, decide, deviceHash } from './decision.ts';
import { launchBundle, storedName } from './launch.ts';
import type { Fetched, FetchRequest, Surroundings } from './ports.ts';
import { asciiBytes, fromUtf8 } from './utf8.ts';
import type { Subtle } from './web-crypto.ts';

export interface ClientOptions extends Trust, Surroundings {
  /** Where the bundle is, in the order to be tried, as `https://pins.example.com/c/{channel}`. */
  readonly urls: readonly string[];
  /** The bundle that was current when the app was built; null: pins only after the first fetch. */
  readonly floor: Uint8Array | null;
  /** This device's id, if the app shows one to its testers. */
  readonly device?: string;
  readonly subtle: Subtle;
}

/** `empty`: no bundle at all, so nothing is pinned. `stale`: past its `exp`, and still enforced unless it says otherwise. */
export type State = 'empty' | 'fresh' | 'stale';

const mismatchPauseMs = 30_000;
const dayMs = 86_400_000;
const countedName = 'counted';

/** Verifies what is there, without network. Throws TypeError for roots that are no keys. */
export async function openClient(options: ClientOptions): Promise<Client> {
  const { storage, subtle, events = {}, device, audience } = options;
  const launched = await launchBundle(options, options.floor, storage, subtle, events);
  const hash = device === undefined ? null : await deviceHash(subtle, audience, device);
  return new Client(options, launched, hash);
}

export class Client {
  private readonly options: ClientOptions;
  private readonly device: string | null;
  private current: VerifiedBundle | null;
  /** Of what is in force, by URL: it says nothing about another URL's. */
  private readonly etags = new Map<string, string>();
  private flight: Promise<void> | null = null;
  private mismatchFetchAt = Number.NEGATIVE_INFINITY;
  private cancelPoll: (() => void) | null = null;
  private active = false;

  constructor(options: ClientOptions, launched: VerifiedBundle | null, device: string | null) {
    this.options = options;
    this.current = launched;
    this.device = device;
  }

  /** What is in force. */
  bundle(): VerifiedBundle | null {
    return this.current;
  }

  state(): State {
    if (this.current === null) return 'empty';
    return this.seconds() >= this.current.configuration.expiresAt ? 'stale' : 'fresh';
  }

  /** Whether a connection may be used; `path` as in `Connection`. To be asked for each new connection. */
  decide(host: string, path: readonly string[]): Decision {
    if (this.current === null) return { decision: 'not_pinned', report: false };
    return decide(this.current.configuration, { host, path, device: this.device, at: this.seconds() });
  }

  /** The app comes to the foreground: fetches now, then every `refresh` give or take 20 %. */
  start(): Promise<void> {
    this.active = true;
    return this.refresh();
  }

  /** The app goes to the background. */
  stop(): void {
    this.active = false;
    this.cancelPoll?.();
    this.cancelPoll = null;
  }

  /** Fetches once; while a fetch is under way, that one. Resolves when it is through, however it went. */
  refresh(): Promise<void> {
    this.flight ??= this.fetchOnce().finally(() => {
      this.flight = null;
      this.schedule();
    });
    return this.flight;
  }

  /**
   * Runs what connects. If it fails by a mismatch, fetches (at most every 30 s), and runs it once more if another
   * configuration is in force than at the first attempt.
   */
  async attempt<T>(connect: () => Promise<T>, isMismatch: (error: unknown) => boolean): Promise<T> {
    const before = this.current;
    try {
      return await connect();
    } catch (error) {
      if (!isMismatch(error)) throw error;
      if (this.current === before) await this.refreshAtMismatch();
      if (this.current === before) throw error;
    }
    return connect();
  }

  private async refreshAtMismatch(): Promise<void> {
    const now = this.options.clock();
    // A clock that was set back must not hold it up.
    const pausing = now >= this.mismatchFetchAt && now - this.mismatchFetchAt < mismatchPauseMs;
    if (pausing && this.flight === null) return;
    if (!pausing) this.mismatchFetchAt = now;
    await this.refresh();
  }

  private async fetchOnce(): Promise<void> {
    const day = Math.floor(this.options.clock() / dayMs);
    const count = this.current !== null && !(await this.isCounted(day));
    for (const url of this.options.urls) {
      if (!(await this.fetchFrom(url, count))) continue;
      if (count) await this.write(countedName, asciiBytes(String(day)));
      return;
    }
  }

  /** Whether this URL has told what is current. */
  private async fetchFrom(url: string, count: boolean): Promise<boolean> {
    const version = this.current?.held.version;
    const request = { url: count ? `${url}?v=${version}` : url, etag: this.etags.get(url) ?? null };
    let fetched = await this.get({ ...request, pinned: true });
    if (fetched.kind === 'mismatch') fetched = await this.get({ ...request, pinned: false });
    switch (fetched.kind) {
      case 'not_modified':
        return request.etag !== null;
      case 'bundle':
        return this.take(url, fetched.body, fetched.etag);
      case 'mismatch':
        this.options.events?.failed?.(url, 'a mismatch on a connection without pins');
        return false;
      case 'failed':
        this.options.events?.failed?.(url, fetched.reason);
        return false;
    }
  }

  private async get(request: FetchRequest): Promise<Fetched> {
    try {
      return await this.options.fetchBundle(request);
    } catch (error) {
      return { kind: 'failed', reason: String(error) };
    }
  }

  private async take(url: string, body: Uint8Array, etag: string | null): Promise<boolean> {
    const before = this.current;
    const found = await verifyBundle(body, this.options, before?.held ?? null, this.options.subtle);
    if (found.bundle === null) {
      this.options.events?.refused?.(found.outcome, found.detail, url);
      return false;
    }
    if (found.outcome === 'accepted') {
      // Stored first. If that fails, an app with the new pins until its restart is still better than one without.
      await this.write(storedName, body);
      this.current = found.bundle;
      this.etags.clear();
      this.options.events?.changed?.(
        changeBetween(before?.configuration ?? null, found.bundle.configuration),
      );
    }
    if (etag !== null) this.etags.set(url, etag);
    return true;
  }

  private async write(name: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.options.storage.write(name, bytes);
    } catch (error) {
      this.options.events?.failed?.('storage', String(error));
    }
  }

  /** Whether a fetch of this UTC day has carried the version already. */
  private async isCounted(day: number): Promise<boolean> {
    try {
      const bytes = await this.options.storage.read(countedName);
      return bytes !== null && fromUtf8(bytes) === String(day);
    } catch {
      // Better not counted than counted with each fetch.
      return true;
    }
  }

  private schedule(): void {
    if (!this.active) return;
    this.cancelPoll?.();
    const seconds = this.current?.configuration.refresh ?? defaultRefresh;
    const delayMs = seconds * 1_000 * (0.8 + 0.4 * this.options.random());
    this.cancelPoll = this.options.timer(delayMs, () => void this.refresh());
  }

  private seconds(): number {
    return Math.floor(this.options.clock() / 1_000);
  }
}
