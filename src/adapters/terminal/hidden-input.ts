import { openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';

/** More characters than any password has, and few enough to be held. */
const MAX_CHARACTERS = 1024;

const keys = {
  interrupt: '\u0003',
  end: '\u0004',
  backspace: '\b',
  erase: '\u0015',
  escape: '\u001b',
  delete: '\u007f',
} as const;

/**
 * A line typed on the controlling terminal, without echo. Not read from standard input, which may be a file, while the
 * result goes into a pipe. null if there is no terminal, or if nothing was typed before its end.
 */
export function readHidden(prompt: string): Promise<string | null> {
  const terminal = openTerminal();
  if (terminal === null) return Promise.resolve(null);
  const { input, fd } = terminal;
  // Before the prompt, or early input would be echoed. Node restores the terminal if the process ends meanwhile.
  input.setRawMode(true);
  writeSync(fd, prompt);
  input.setEncoding('utf8');
  return new Promise((resolve) => {
    let typed: readonly string[] = [];
    const finish = (answer: string | null) => {
      input.off('data', onData);
      input.setRawMode(false);
      writeSync(fd, '\n');
      input.destroy();
      resolve(answer);
    };
    const onData = (text: string) => {
      // An arrow or function key: a sequence of characters that is not meant as part of a password.
      if (text.startsWith(keys.escape)) return;
      for (const character of text) {
        switch (character) {
          case '\r':
          case '\n':
            return finish(typed.join(''));
          case keys.end:
            return finish(typed.length > 0 ? typed.join('') : null);
          case keys.interrupt:
            finish(null);
            // A raw terminal sends no signal for this key, but it has to work as usual.
            process.kill(process.pid, 'SIGINT');
            return;
          case keys.backspace:
          case keys.delete:
            typed = typed.slice(0, -1);
            break;
          case keys.erase:
            typed = [];
            break;
          default:
            if (typed.length < MAX_CHARACTERS) typed = [...typed, character];
        }
      }
    };
    input.on('data', onData);
    // The terminal was closed.
    input.once('error', () => resolve(null));
    input.once('end', () => resolve(null));
  });
}

/** Windows has no /dev/tty: uses standard input if it is a terminal. */
function openTerminal(): { input: ReadStream; fd: number } | null {
  try {
    const fd = openSync('/dev/tty', 'r+');
    return { input: new ReadStream(fd), fd };
  } catch {
    return process.stdin.isTTY ? { input: process.stdin, fd: process.stderr.fd } : null;
  }
}
