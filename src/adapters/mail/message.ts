import MailComposer from 'nodemailer/lib/mail-composer';
import { visible } from '../../core/hostile-text.ts';
import type { Letter } from '../../flow/mailer.ts';
import { type RenderOptions, renderLetter } from './render.ts';

/**
 * The message as it goes over the wire and into a file (RFC 5322): text and HTML as alternatives, the JSON part
 * attached. A repeat has the same Message-ID, with ages as of its own sending.
 */
export async function composeLetter(letter: Letter, options: RenderOptions): Promise<Buffer> {
  if (!/^[A-Za-z0-9-]+$/.test(letter.id)) {
    throw new TypeError(
      `letter.id: expected letters, digits and hyphens, found ${visible(JSON.stringify(letter.id), 80)}`,
    );
  }
  const { subject, text, html, json, headers } = renderLetter(letter, options);
  const { 'Message-ID': messageId, Date: date, ...others } = headers;
  const composer = new MailComposer({
    from: options.from,
    to: letter.everyone.map((address) => ({ name: '', address: visible(address, 320) })),
    subject,
    text,
    html,
    attachments: [{ filename: 'pinwatch.json', contentType: 'application/json', content: json }],
    ...(messageId ? { messageId } : {}),
    ...(date ? { date } : {}),
    headers: others,
    // `=_` can't occur in quoted-printable or base64 (RFC 2045, section 6.7): no content can forge this boundary.
    boundaryPrefix: '=_pinwatch',
    baseBoundary: letter.id,
    // No content is ever a path or a URL; if a bug makes it one, it must not be followed.
    disableFileAccess: true,
    disableUrlAccess: true,
    // The encoding that the size is measured for; base64 would make a text in another script a third longer.
    textEncoding: 'quoted-printable',
    newline: 'win',
  });
  return composer.compile().build();
}
