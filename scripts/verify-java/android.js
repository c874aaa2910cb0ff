/**
 * Does the compiled library use anything that Android's API level 21 lacks? A compiler for Java 8 accepts java.time,
 * String.join and many more, which phones of that level don't have.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const MEMBER = /\b(?:(?:Interface)?Method|Field) (javax?\/[\w/$]+\."?[\w<>$]+"?:\S+)/g;

/**
 * Throws if a class file refers to a member of the platform that is not on the list.
 *
 * @param {string[]} classFiles
 * @param {string} listFile one member a line; comments start with #
 */
export function checkAndroid(classFiles, listFile) {
  const known = new Set(readFileSync(listFile, 'utf8').split('\n'));
  const unknown = membersOf(classFiles).filter((member) => !known.has(member));
  if (unknown.length > 0) {
    throw new Error(
      `used, but not in ${listFile}; add it if Android has it since API level 21 or earlier:\n${unknown.join('\n')}`,
    );
  }
}

function membersOf(classFiles) {
  const code = execFileSync('javap', ['-c', '-p', ...classFiles], { encoding: 'utf8', maxBuffer: 1 << 26 });
  const members = [...code.matchAll(MEMBER)].map(([, member]) => member.replaceAll('"', ''));
  return [...new Set(members)].sort();
}
