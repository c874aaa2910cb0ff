import { nspinneddomains } from './apple/nspinneddomains.ts';
import { nsc } from './nsc/nsc.ts';
import { okhttp } from './okhttp/okhttp.ts';
import { curl } from './one-host/curl.ts';
import { flutter } from './one-host/flutter.ts';
import { hpkp } from './one-host/hpkp.ts';
import type { PinReader } from './pin-reader.ts';
import { rnSslManager } from './react-native/ssl-manager.ts';
import { rnSslPublicKeyPinning } from './react-native/ssl-public-key-pinning.ts';
import { approov } from './signed/approov.ts';
import { pinvault } from './signed/pinvault.ts';
import { sslPinning } from './signed/ssl-pinning.ts';
import { wultra } from './signed/wultra.ts';
import { trustkitAndroid } from './trustkit/trustkit-android.ts';
import { trustkitIos } from './trustkit/trustkit-ios.ts';

/** Every format that can be read, in the order of the documentation. */
export const pinReaders: readonly PinReader[] = [
  ...[nsc, trustkitAndroid, nspinneddomains, trustkitIos, okhttp],
  ...[rnSslPublicKeyPinning, rnSslManager, flutter, hpkp, curl],
  ...[wultra, pinvault, sslPinning, approov],
];
