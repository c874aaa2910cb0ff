/** A text for a configuration file, where `${` starts a variable. */
export function literal(text: string): string {
  return text.replaceAll('${', '$${');
}
