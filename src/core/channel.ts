const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** A channel id: 26 base32 characters, 130 bits, made from as many random bytes. Apps have it built in, and URLs show it. */
export function channelOf(random: Uint8Array): string {
  return [...random.subarray(0, 26)].map((byte) => alphabet[byte & 31]).join('');
}
