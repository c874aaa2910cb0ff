/** The part of the composition root that reads what apps ship, from the files that a configuration names. */
import type { LoadPinTexts } from '../config/pin-set-files.ts';

/** The libraries are loaded only if they are needed. */
export const loadPinTexts: LoadPinTexts = async () => {
  const { pinFileText: decode } = await import('../adapters/pin-formats/pin-file-text.ts');
  const { readPins: read } = await import('../adapters/pin-formats/read-pins.ts');
  return { decode, read };
};
