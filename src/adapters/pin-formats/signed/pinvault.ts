/** PinVault's configuration, plain or signed. */
import { z } from 'zod';
import type { HostPattern } from '../../../core/host-pattern.ts';
import type { Pin } from '../../../core/pin.ts';
import type { PinRule } from '../../../core/pin-set.ts';
import { quote } from '../../../core/quote.ts';
import { decodeAsFoundation, pinOfDigest } from '../base64.ts';
import { isHostLiteral } from '../host-literal.ts';
import { readJson } from '../json/json-text.ts';
import type { PinReader } from '../pin-reader.ts';
import { type Offset, Remarks, Unreadable } from '../remarks.ts';

const schema = z.object({
  pins: z.array(z.object({ hostname: z.string(), sha256: z.array(z.string()) })).min(1),
});
const signedSchema = z.object({ payload: z.string(), signature: z.string() });

export const pinvault: PinReader = {
  format: 'pinvault',
  about: {
    title: 'PinVault',
    input: 'JSON with `pins`, or the signed answer with that as `payload`',
    meaning: [
      "the leaf's key alone",
      'the name itself, else `*.`, which is exactly one label; of entries with the same name the last one counts',
      'the app asks no trust store: the pins and the validity of the leaf are all it checks',
      'a host that is not listed is refused by the app, which is told and not judged',
      'signatures are not checked here; `expiresAt` is about accepting the file, not about its pins',
    ],
    refused: ['no host, fewer than two pins for one, or a pin that is not 32 bytes in base64'],
    source:
      'umutcansu/PinVault c6ec641, ssl/DynamicSSLManager.kt, ssl/PinHostMatcher.kt, ssl/SSLCertificateUpdater.kt, model/CertificateConfig.kt',
  },
  recognizes: (text) => /\\?"hostname\\?"\s*:/.test(text) && /\\?"sha256\\?"\s*:/.test(text),
  read: (text, _, remarks) => {
    remarks.warn(0, 'a host that is not listed is refused by the app; that is not judged');
    if (!/"payload"\s*:/.test(text)) return [rulesOf(text, (at) => at, remarks)];
    const signed = readJson(text, signedSchema, remarks);
    if (signed === null) return [];
    // Places inside the text of a member are those of the member.
    const place = signed.at(['payload']);
    return [rulesOf(signed.value.payload, () => place, remarks)];
  },
};

function rulesOf(text: string, placed: (at: Offset) => Offset, remarks: Remarks) {
  const inner = new PlacedRemarks(text, placed, remarks);
  const json = inner.orUnreadable(() => readJson(text, schema, inner));
  const byName = new Map<string, PinRule>();
  for (const [index, { hostname, sha256 }] of (json?.value.pins ?? []).entries()) {
    const at = json?.at(['pins', index]) ?? 0;
    const pins = sha256.flatMap((hash, of) =>
      pinOf(hash, json?.at(['pins', index, 'sha256', of]) ?? at, inner),
    );
    if (sha256.length < 2) {
      inner.problem(
        at,
        `PinVault refuses it: "At least 2 pins required (primary + backup) for hostname: ${quote(hostname).slice(1, -1)}"`,
      );
    }
    const name = hostname.toLowerCase();
    const pattern = patternOf(name);
    if (pattern === null) inner.warn(at, `${quote(hostname)} matches no host`);
    if (byName.has(name)) inner.warn(at, `${quote(hostname)} is given again: the last one counts`);
    byName.delete(name);
    if (pattern !== null) {
      byName.set(name, { pattern, allOf: [{ at: 'leaf', anyOf: [...new Set(pins)] }], enforce: true });
    }
  }
  return { resolution: 'most-specific', trust: 'none', rules: [...byName.values()] } as const;
}

/** A wildcard below a top-level domain is passed over. */
function patternOf(name: string): HostPattern | null {
  if (!name.startsWith('*.')) return isHostLiteral(name) ? { kind: 'exact', name } : null;
  const parent = name.slice(2);
  return isHostLiteral(parent) && parent.includes('.') ? { kind: 'one-label', name: parent } : null;
}

function pinOf(hash: string, at: Offset, remarks: Remarks): Pin[] {
  const digest = hash.length === 44 ? decodeAsFoundation(hash) : null;
  const pin = digest === null ? null : pinOfDigest(digest);
  if (pin === null)
    remarks.problem(at, `PinVault refuses it: expected 44 base64 characters, found ${quote(hash)}`);
  return pin === null ? [] : [pin];
}

/** Remarks about a text that is part of another. */
class PlacedRemarks extends Remarks {
  private readonly placed: (at: Offset) => Offset;
  private readonly outer: Remarks;

  constructor(text: string, placed: (at: Offset) => Offset, outer: Remarks) {
    super(text);
    this.placed = placed;
    this.outer = outer;
  }

  override problem(at: Offset, message: string): void {
    this.outer.problem(this.placed(at), message);
  }

  override warn(at: Offset, message: string): void {
    this.outer.warn(this.placed(at), message);
  }

  orUnreadable<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw error instanceof Unreadable ? new Unreadable(this.placed(error.at), error.message) : error;
    }
  }
}
