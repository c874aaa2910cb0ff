import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type Verdict, verdicts } from '../../core/check.ts';
import { notifyChannelTypes } from '../../core/notify-channel.ts';
import { type HandshakeKind, handshakeKinds } from '../../flow/handshaker.ts';
import type { Happening } from '../../flow/journal.ts';

const outcomes = ['sent', 'written', 'failed_temporary', 'failed_permanent'] as const;

/** What this process did: counters and histograms, next to prom-client's own `process_` and `nodejs_` metrics. */
export interface ProcessMetrics {
  count(happening: Happening): void;
  countHandshake(kind: HandshakeKind): void;
  render(): Promise<string>;
  readonly contentType: string;
}

/** The state at the moment of a scrape. */
export interface ProcessState {
  readonly redisUp: () => boolean;
  /** How often every domain is probed. */
  readonly intervalSeconds: () => number;
  /** How many seconds this machine's clock is ahead of that of Redis. */
  readonly clockSkewSeconds: () => number;
}

export function createProcessMetrics(
  version: string,
  nodeVersion: string,
  { redisUp, intervalSeconds, clockSkewSeconds }: ProcessState,
): ProcessMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const probes = new Counter({
    name: 'pinwatch_probes_total',
    help: 'Probes recorded by this process, by verdict.',
    labelNames: ['outcome'],
    registers,
  });
  const probeSeconds = new Histogram({
    name: 'pinwatch_probe_duration_seconds',
    help: 'From the start of a probe to its record, including the confirming probe.',
    buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30],
    registers,
  });
  // Far more than anything else that is counted, so that labels are looked up at a scrape only.
  const handshakes: Record<HandshakeKind, number> = { fast: 0, fallback: 0, full: 0 };
  new Counter({
    name: 'pinwatch_handshakes_total',
    help: 'Handshakes of this process, by how much a server was asked for.',
    labelNames: ['kind'],
    registers,
    collect() {
      this.reset();
      for (const kind of handshakeKinds) this.inc({ kind }, handshakes[kind]);
    },
  });
  const disagreements = new Counter({
    name: 'pinwatch_disagreements_total',
    help: 'Endpoints whose connections disagreed within one probe: some were bad and some were not.',
    registers,
  });
  const notices = new Counter({
    name: 'pinwatch_notices_total',
    help: 'Notices by the outcome of an attempt to deliver them, counted for each recipient.',
    labelNames: ['outcome'],
    registers,
  });
  const channelNotices = new Counter({
    name: 'pinwatch_channel_notices_total',
    help: 'Notices by the type of the channel and the outcome of an attempt to notify through it.',
    labelNames: ['type', 'outcome'],
    registers,
  });
  for (const type of notifyChannelTypes) {
    for (const outcome of ['sent', 'failed_temporary', 'failed_permanent'])
      channelNotices.inc({ type, outcome }, 0);
  }
  const noticeDelay = new Histogram({
    name: 'pinwatch_notice_delay_seconds',
    help: 'From a transition to the mail server taking its notice.',
    buckets: [1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 14400, 86400],
    registers,
  });
  new Gauge({
    name: 'pinwatch_redis_up',
    help: '1 while this process can use Redis.',
    registers,
    collect() {
      this.set(Number(redisUp()));
    },
  });
  new Gauge({
    name: 'pinwatch_interval_seconds',
    help: 'How often every domain is probed, by the configuration that this process has in force.',
    registers,
    collect() {
      this.set(intervalSeconds());
    },
  });
  new Gauge({
    name: 'pinwatch_clock_skew_seconds',
    help: "How far this machine's clock is ahead of that of Redis; 0 until that is known.",
    registers,
    collect() {
      this.set(clockSkewSeconds());
    },
  });
  const steps = new Counter({
    name: 'pinwatch_clock_steps_total',
    help: "How often this machine's clock was set by a second or more, by direction.",
    labelNames: ['direction'],
    registers,
  });
  const authFailures = new Counter({
    name: 'pinwatch_auth_failures_total',
    help: 'Requests to this process with rejected credentials.',
    registers,
  });
  const downloads = new Counter({
    name: 'pinwatch_config_downloads_total',
    help: 'Requests for signed configurations to this process.',
    labelNames: ['outcome'],
    registers,
  });
  const publications = new Counter({
    name: 'pinwatch_config_publications_total',
    help: 'Signed configurations that this process has put into force, or could not sign.',
    labelNames: ['outcome'],
    registers,
  });
  const storeReplaced = new Gauge({
    name: 'pinwatch_store_replaced',
    help: '1 while the store is not the one that this process saw last, so that its API is closed.',
    registers,
  });
  const reloadSuccessful = new Gauge({
    name: 'pinwatch_last_reload_successful',
    help: '1 if the configuration was valid and put into force when it was last read, at the start or later; else 0.',
    registers,
  });
  const reloadedAt = new Gauge({
    name: 'pinwatch_last_reload_success_timestamp_seconds',
    help: 'When the configuration in force was read.',
    registers,
  });
  const hasReloaded = (isSuccess: boolean) => {
    reloadSuccessful.set(Number(isSuccess));
    if (isSuccess) reloadedAt.setToCurrentTime();
  };
  hasReloaded(true);
  const build = new Gauge({
    name: 'pinwatch_build_info',
    help: 'Always 1; its labels name the running build.',
    labelNames: ['version', 'node'],
    registers,
  });
  build.set({ version, node: nodeVersion }, 1);
  // Looked up once: there are many probes.
  const probed = {
    match: probes.labels('match'),
    mismatch: probes.labels('mismatch'),
    inconclusive: probes.labels('inconclusive'),
    unpinned: probes.labels('unpinned'),
  } satisfies Record<Verdict, unknown>;
  // Starts at zero, so that the first failure is an increase that an alert can see.
  for (const outcome of verdicts) probes.inc({ outcome }, 0);
  for (const outcome of outcomes) notices.inc({ outcome }, 0);
  for (const outcome of ['sent', 'not_modified', 'unknown']) downloads.inc({ outcome }, 0);
  for (const outcome of ['published', 'renewed', 'failed']) publications.inc({ outcome }, 0);
  for (const direction of ['back', 'forward']) steps.inc({ direction }, 0);

  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    countHandshake(kind) {
      handshakes[kind] += 1;
    },
    count(happening) {
      if (happening.kind === 'probed') {
        probed[happening.verdict].inc();
        // The clock may have been set back since it began.
        probeSeconds.observe(Math.max(0, happening.seconds));
      } else if (happening.kind === 'store_closed' || happening.kind === 'store_adopted') {
        storeReplaced.set(Number(happening.kind === 'store_closed'));
      } else if (happening.kind === 'reloaded') {
        hasReloaded(true);
      } else if (happening.kind === 'reload_refused' || happening.kind === 'reload_incomplete') {
        hasReloaded(false);
      } else if (happening.kind === 'auth_failed') {
        authFailures.inc();
      } else if (happening.kind === 'disagreed') {
        disagreements.inc();
      } else if (happening.kind === 'delivered') {
        notices.inc({ outcome: happening.outcome }, happening.notices);
        if (happening.outcome === 'sent') for (const delay of happening.delays) noticeDelay.observe(delay);
      } else if (happening.kind === 'channel_delivered' || happening.kind === 'channel_repeated') {
        const { type, outcome } = happening;
        channelNotices.inc({ type, outcome }, happening.notices);
      } else if (happening.kind === 'config_download') {
        downloads.inc({ outcome: happening.outcome });
      } else if (happening.kind === 'config_published') {
        publications.inc({ outcome: happening.renewed ? 'renewed' : 'published' });
      } else if (happening.kind === 'config_failed') {
        publications.inc({ outcome: 'failed' });
      } else if (happening.kind === 'clock_stepped') {
        steps.inc({ direction: happening.seconds < 0 ? 'back' : 'forward' });
      }
    },
  };
}
