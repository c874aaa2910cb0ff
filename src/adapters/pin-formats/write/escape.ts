/** Text inside the languages that are written. Names and pins hold nothing special, and still go through here. */

export function xml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** A string literal of Java, with its quotes. */
export function java(text: string): string {
  return JSON.stringify(text);
}

/** A string literal of Kotlin: as in Java, and a dollar sign would start a template. */
export function kotlin(text: string): string {
  return JSON.stringify(text).replaceAll('$', '\\$');
}

/** A string literal of Dart. */
export function dart(text: string): string {
  return `'${text.replace(/[\\$']/g, (character) => `\\${character}`).replaceAll('\n', '\\n')}'`;
}

/** A word for a POSIX shell. */
export function shell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
