/** `3.1 %`, and for less than a tenth `under 0.1 %`. */
export function percent(part: number, whole: number): string {
  const share = whole === 0 ? 0 : (100 * part) / whole;
  return part > 0 && share < 0.1 ? 'under 0.1 %' : `${share.toFixed(1)} %`;
}
