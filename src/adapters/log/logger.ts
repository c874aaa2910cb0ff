import { type Logger, pino, stdTimeFunctions } from 'pino';
import { PinoPretty } from 'pino-pretty';
import { differenceText, stepText } from '../../core/clock.ts';
import type { Notice } from '../../core/notice.ts';
import { plural } from '../../core/plural.ts';
import type { Happening } from '../../flow/journal.ts';

export type { Logger };

/** One line per event: pretty for a person, JSON otherwise. */
export function createLogger(level: string, pretty: boolean, destination: NodeJS.WritableStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    // Nothing logs these on purpose, but a library's error object may contain them.
    redact: {
      paths: ['password', 'pass', 'auth', '*.password', '*.pass', '*.auth', '*.url', '*.options'],
      censor: '[redacted]',
    },
  };
  if (!pretty) return pino(options, destination);
  const stream = PinoPretty({
    destination,
    sync: true,
    colorize: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'event',
    singleLine: true,
  });
  return pino({ ...options, formatters: {} }, stream);
}

/** The journal's line for each happening. */
export function logHappening(log: Logger, happening: Happening): void {
  switch (happening.kind) {
    case 'probed': {
      const { ref, verdict, apps, isNew, seconds, confirmed, codes, failures } = happening;
      // The rest says that nothing changed: 100,000 lines every 15 minutes, which would bury the others.
      const isNews = isNew || apps === 'unknown' || failures.length > 0;
      const level = apps === 'some' || apps === 'no' ? 'warn' : isNews ? 'info' : 'debug';
      if (!log.isLevelEnabled(level)) return;
      const fields = { event: 'probed', ...ref, verdict, seconds, confirmed, findings: codes, failures };
      const why = [codes, failures].filter((list) => list.length > 0).map((list) => list.join(', '));
      const text = `${ref.domain}: ${verdict}${why.length > 0 ? ` (${why.join(': ')})` : ''}`;
      const hint = failures.includes('target_forbidden')
        ? ': its address is not probed unless network.allow includes it'
        : '';
      log[level](fields, `${text}${hint}`);
      return;
    }
    case 'disagreed': {
      const { ref, endpoint, about, bad, of } = happening;
      const fields = { event: 'disagreed', ...ref, endpoint, about, bad, of };
      log.warn(fields, `${ref.domain}: ${about} on ${bad} of ${plural(of, 'connection')} to ${endpoint}`);
      return;
    }
    case 'transition':
      logTransition(log, happening.ref, happening.ref.domain, happening.transition);
      return;
    case 'config_transition': {
      const { account, transition } = happening;
      logTransition(log, { account }, `${account}: signed configuration`, transition);
      return;
    }
    case 'blind_transition': {
      const { account, transition } = happening;
      logTransition(log, { account }, `${account}: pinwatch`, transition);
      return;
    }
    case 'digest': {
      const { account } = happening;
      log.info({ event: 'digest_made', account }, `${account}: the digest is made`);
      return;
    }
    case 'swept': {
      const { sweep, domains, late, seconds } = happening;
      const fields = { event: 'swept', sweep, domains, late, seconds };
      const text = `sweep over ${plural(domains, 'domain')}`;
      if (late > 0) log.warn(fields, `${text}, ${late} of them late`);
      else log.info(fields, text);
      return;
    }
    case 'scheduler_repaired':
      log.warn(
        { event: 'scheduler_repaired', reason: happening.reason },
        `the sweep schedule was restored: ${happening.reason}`,
      );
      return;
    case 'jobs_replanned':
      log.warn(
        { event: 'jobs_replanned', jobs: happening.jobs },
        `${plural(happening.jobs, 'job')} waited for a time too far ahead and were rescheduled`,
      );
      return;
    case 'clock_stepped': {
      const { seconds, seen } = happening;
      log.warn({ event: 'clock_stepped', seconds, seen }, `clock: ${stepText(happening)}`);
      return;
    }
    case 'clock_differs':
      log.warn(
        { event: 'clock_differs', seconds: happening.seconds },
        `the clock is ${differenceText(happening.seconds)} that of Redis`,
      );
      return;
    case 'sweep_unclaimed':
      log.warn(
        { event: 'sweep_unclaimed', since: happening.since },
        `the sweep due at ${happening.since} has not been taken: is a worker running?`,
      );
      return;
    case 'queue_paused': {
      const { queue } = happening;
      log.error(
        { event: 'queue_paused', queue },
        `the ${queue} queue was paused: its jobs wait until it is resumed`,
      );
      return;
    }
    case 'queue_resumed': {
      const { queue } = happening;
      log.info({ event: 'queue_resumed', queue }, `the ${queue} queue was resumed`);
      return;
    }
    case 'delivered': {
      const { account, letter, recipient, outcome, detail, notices } = happening;
      const fields = { event: `mail_${outcome}`, account, letter, recipient, notices, detail };
      if (outcome === 'sent')
        log.info(fields, `mail to ${recipient}, ${plural(notices, 'notice')}: ${detail}`);
      else if (outcome === 'written')
        log.info(fields, `mail for ${recipient}, ${plural(notices, 'notice')}, written to ${detail}`);
      else if (outcome === 'failed_temporary')
        log.warn(fields, `mail to ${recipient} will be sent again: ${detail}`);
      else log.error(fields, `mail to ${recipient} can't be delivered: ${detail}`);
      return;
    }
    case 'channel_delivered': {
      const { account, channel, type, letter, outcome, detail, notices } = happening;
      const fields = { event: `channel_${outcome}`, account, channel, type, letter, notices, detail };
      const what = `${type} ${channel}`;
      if (outcome === 'sent') log.info(fields, `${what}, ${plural(notices, 'notice')}: ${detail}`);
      else if (outcome === 'failed_temporary') log.warn(fields, `${what} will be notified again: ${detail}`);
      else log.error(fields, `${what} can't be notified: ${detail}`);
      return;
    }
    case 'channel_repeated': {
      const { account, channel, type, outcome, detail, notices } = happening;
      // Every two minutes.
      if (outcome === 'sent') return;
      const fields = { event: 'channel_repeat_failed', account, channel, type, notices, detail };
      log.warn(fields, `${type} ${channel} was not told again what is open: ${detail}`);
      return;
    }
    case 'channel_dropped': {
      const { account, channel, letter, notices } = happening;
      log.warn(
        { event: 'channel_dropped', account, channel, letter, notices },
        `the channel ${channel} was removed: ${plural(notices, 'notice')} for it dropped`,
      );
      return;
    }
    case 'unreadable': {
      const { key, field, account, domain, problem } = happening;
      const place = [key, field].filter((part) => part !== null).join(' ');
      log.error(
        { event: 'unreadable', key, field, account, domain, problem },
        `${domain ?? account ?? 'a value'}: ${place} in the store cannot be read: ${problem}`,
      );
      return;
    }
    case 'store_closed': {
      const { reason } = happening;
      log.error(
        { event: 'store_closed', reason },
        `the API is closed: ${reason}. Bring the right store back, or run "pinwatch store adopt" on this machine; meanwhile the domains in the file are watched`,
      );
      return;
    }
    case 'store_newer': {
      const { reason } = happening;
      log.error({ event: 'store_newer', reason }, `this process stops its work: ${reason}`);
      return;
    }
    case 'store_unreadable': {
      const { reason } = happening;
      log.error({ event: 'store_unreadable', reason }, `what was remembered of the store: ${reason}`);
      return;
    }
    case 'store_adopted':
      log.warn({ event: 'store_adopted' }, 'the store is accepted: the API is open');
      return;
    case 'store_first_seen':
      log.info({ event: 'store_first_seen' }, 'remembering a store that was not seen before');
      return;
    case 'store_not_remembered': {
      const { reason } = happening;
      log.warn(
        { event: 'store_not_remembered', reason },
        `the identity of the store can't be saved, so the next start will accept any store: ${reason}`,
      );
      return;
    }
    case 'auth_failed':
      return;
    case 'auth_failures': {
      const { source, failures, sources } = happening;
      const from = source ?? `${plural(sources, 'other address', 'other addresses')}`;
      log.warn(
        { event: 'auth_failed', source, failures, sources },
        `${plural(failures, 'request')} from ${from} without a valid token`,
      );
      return;
    }
    case 'config_published': {
      const { account, version, by, renewed } = happening;
      const fields = { event: 'config_published', account, version, by, renewed };
      log.info(fields, `${account}: configuration ${version} ${renewed ? 'renewed' : `published by ${by}`}`);
      return;
    }
    case 'config_failed': {
      const { account, reason, again } = happening;
      if (again) return;
      log.error(
        { event: 'config_failed', account, reason },
        `${account}: the configuration was not signed: ${reason}`,
      );
      return;
    }
    case 'config_not_spread': {
      const { account, reason, again } = happening;
      if (again) return;
      log.error(
        { event: 'config_not_spread', account, reason },
        `${account}: the file of the configuration is not up to date: ${reason}`,
      );
      return;
    }
    case 'config_url': {
      const { account, url, problem, detail } = happening;
      if (problem === null) {
        log.info({ event: 'config_served', account, url }, `${account}: ${url} is served as published`);
        return;
      }
      const fields = { event: 'config_not_served', account, url, problem, detail };
      log.error(fields, `${account}: ${url} is ${problem}: ${detail}`);
      return;
    }
    case 'config_download':
      return;
    case 'reloaded': {
      const { changed, needsRestart, warnings } = happening;
      for (const warning of warnings) log.warn({ event: 'config_warning' }, warning);
      const what = changed.length === 0 ? 'nothing has changed' : `now in force: ${changed.join(', ')}`;
      const rest = needsRestart.length === 0 ? '' : `; needs a restart: ${needsRestart.join(', ')}`;
      const fields = { event: 'reloaded', changed, needsRestart };
      log[needsRestart.length === 0 ? 'info' : 'warn'](fields, `configuration read again: ${what}${rest}`);
      return;
    }
    case 'reload_refused': {
      const { problems } = happening;
      const shown = problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
      log.error(
        { event: 'reload_refused', problems },
        `the configuration was not reloaded, and the one before stays in force: ${shown.join('; ')}`,
      );
      return;
    }
    case 'reload_incomplete': {
      const { reason } = happening;
      log.error(
        { event: 'reload_incomplete', reason },
        `the new configuration is in force, but its accounts could not all be stored (${reason}): reload again`,
      );
      return;
    }
    case 'provisioned': {
      const { kind, ...counts } = happening;
      log.info(
        { event: kind, ...counts },
        `${plural(counts.domains, 'domain')} of ${plural(counts.accounts, 'account')} provisioned`,
      );
      return;
    }
    default:
      happening satisfies never;
  }
}

function logTransition(log: Logger, of: object, subject: string, transition: Notice): void {
  const { incident, kind, severity, since } = transition;
  const about = { incident, incidentKind: kind, severity, since };
  const flapping =
    'flapping' in transition && transition.flapping?.isCalm === false ? { flapping: true } : {};
  const fields = { event: `incident_${transition.transition}`, ...of, ...about, ...flapping };
  const text = `${subject}: ${kind} ${transition.transition}${'flapping' in flapping ? ', flapping' : ''}`;
  if (transition.transition === 'closed') log.info(fields, text);
  else log.warn(fields, text);
}
