/**
 * An attribute as `getAttributeBooleanValue` takes it once aapt2 has compiled it: `true`, or a number that is not zero.
 * null: neither that nor false, so the default counts.
 */
export function androidBoolean(text: string): boolean | null {
  const value = text.trim();
  if (/^(?:true|TRUE|True)$/.test(value)) return true;
  if (/^(?:false|FALSE|False)$/.test(value)) return false;
  return /^(?:-?\d{1,9}|0x[0-9a-fA-F]{1,8})$/.test(value) ? Number(value) !== 0 : null;
}
