import type { GivenChannel } from '../../core/channel-change.ts';
import { timeOfDay } from '../../core/quiet-hours.ts';
import type { Client } from './client.ts';
import { Failure } from './failure.ts';
import type { Plan, Step } from './plan.ts';

export interface Change {
  readonly note: string;
  readonly force: boolean;
  /** Of each account that the file has some of: with their secrets, which no plan holds. */
  readonly channels: ReadonlyMap<string, readonly GivenChannel[]>;
}

const addTimeoutMs = 75_000;

/** Makes a plan's changes in order, each conditional on the state that the plan was made from; yields each one made. */
export async function* carryOutSteps(
  client: Client,
  { account, steps }: Plan,
  change: Change,
  stopped: (failure: Failure) => Failure,
  onBusy: (seconds: number) => void,
): AsyncIterable<Step> {
  // A change gives a domain or the account a new tag, which the next change has to use.
  const etags = new Map<string, string | null>();
  for (const step of steps) {
    try {
      const etag = 'etag' in step ? step.etag : null;
      const changed =
        'domain' in step ? `domain ${step.domain}` : 'pinSet' in step ? `pin set ${step.pinSet}` : 'account';
      const ifMatch = etags.get(changed) ?? etag;
      etags.set(changed, await carryOutStep(client, account, step, ifMatch, change, onBusy));
    } catch (error) {
      throw error instanceof Failure ? stopped(error) : error;
    }
    yield step;
  }
}

/** Returns the new tag of what was changed. */
async function carryOutStep(
  client: Client,
  account: string,
  step: Step,
  ifMatch: string | null,
  { note, force, channels }: Change,
  onBusy: (seconds: number) => void,
): Promise<string | null> {
  const params = { account };
  switch (step.action) {
    case 'create_account': {
      const { action: _, channels: _named, ...settings } = step;
      const given = channels.get(account);
      const body = { name: account, ...settings, ...(given && { channels: sentChannels(given) }) };
      return (await client.call('createAccount', { body, onBusy })).etag;
    }
    case 'change_platforms': {
      const body = { platforms: step.platforms };
      return (await client.call('changeAccount', { params, body, ifMatch, onBusy })).etag;
    }
    case 'change_channels': {
      const body = { channels: sentChannels(channels.get(account) ?? []) };
      return (await client.call('changeAccount', { params, body, ifMatch, onBusy })).etag;
    }
    case 'change_contacts': {
      const body = { contacts: step.contacts };
      return (await client.call('changeAccount', { params, body, ifMatch, onBusy })).etag;
    }
    case 'add_domain': {
      const body = {
        host: step.domain,
        pins: step.pins,
        ...step.settings,
        ...(step.pins.length > 0 ? { note } : {}),
      };
      const request = { params, body, timeoutMs: addTimeoutMs, onBusy };
      return (await client.call('addDomain', request)).etag;
    }
    case 'change_domain': {
      const params = { account, domain: step.domain };
      const request = { params, body: step.settings, ifMatch, timeoutMs: addTimeoutMs, onBusy };
      return (await client.call('changeDomain', request)).etag;
    }
    case 'change_pins': {
      const body = { pins: step.pins, note, force };
      const params = { account, domain: step.domain };
      return (await client.call('replacePins', { params, body, ifMatch, onBusy })).etag;
    }
    case 'remove_domain': {
      const params = { account, domain: step.domain };
      return (await client.call('removeDomain', { params, ifMatch, onBusy })).etag;
    }
    case 'import_pin_set': {
      const params = { account, name: step.pinSet };
      return (await client.call('importPinSet', { params, body: step.import, ifMatch, onBusy })).etag;
    }
    case 'remove_pin_set': {
      const params = { account, name: step.pinSet };
      return (await client.call('removePinSet', { params, ifMatch, onBusy })).etag;
    }
    default:
      return step satisfies never;
  }
}

/** As the API takes them. */
function sentChannels(channels: readonly GivenChannel[]) {
  return channels.map(({ quietHours, ...channel }) => ({
    ...channel,
    ...(quietHours && {
      quietHours: { ...quietHours, from: timeOfDay(quietHours.from), to: timeOfDay(quietHours.to) },
    }),
  }));
}
