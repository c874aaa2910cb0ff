/** An error with a code as c-ares and the system name it. */
export function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
