import { okhttp } from './okhttp/okhttp.ts';
import type { PinReader } from './pin-reader.ts';

/** Every format that can be read, in the order of the documentation. */
export const pinReaders: readonly PinReader[] = [okhttp];
