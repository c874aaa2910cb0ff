import { nspinneddomains } from './apple/nspinneddomains.ts';
import { nsc } from './nsc/nsc.ts';
import { okhttp } from './okhttp/okhttp.ts';
import type { PinReader } from './pin-reader.ts';
import { trustkitAndroid } from './trustkit/trustkit-android.ts';
import { trustkitIos } from './trustkit/trustkit-ios.ts';

/** Every format that can be read, in the order of the documentation. */
export const pinReaders: readonly PinReader[] = [nsc, trustkitAndroid, nspinneddomains, trustkitIos, okhttp];
