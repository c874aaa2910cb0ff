/** SHA-256 over lines as they are written, with their line ends. */
export interface Checksum {
  add(line: string): void;
  /** Hex. Nothing can be added after that. */
  digest(): string;
}
