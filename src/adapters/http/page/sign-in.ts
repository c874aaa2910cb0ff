import { type Html, html } from '../../../core/html.ts';
import type { View } from './document.ts';
import type { Links } from './links.ts';

/** `from`: the path to return to, below the prefix. `problem`: why the last attempt failed. */
export function signInView(links: Links, from: string, problem: string | null): View {
  const told: Html | null =
    problem === null ? null : html`<div class="notice bad" role="alert"><p id="problem">${problem}</p></div>`;
  return {
    title: 'Sign in',
    content: html`<div class="sign-in"><h1>Sign in</h1>
${told}<form method="post" action="${links.signIn}">
<input type="hidden" name="from" value="${from}">
<label for="token">Token</label>
<input type="password" id="token" name="token" required autofocus autocomplete="current-password" spellcheck="false"${problem !== null && html` aria-invalid="true" aria-describedby="problem"`}>
<div class="row"><button class="first">Sign in</button></div>
</form>
<p class="soft">An admin makes a token with <code>pinwatch token create NAME --role viewer</code>.</p></div>`,
  };
}

/** Another site's link was followed, so the browser left out the cookie. It sends it if this page asks again. */
export function againView(path: string): View {
  return {
    title: 'pinwatch',
    again: path,
    content: html`<p class="lead"><a href="${path}">Continue to pinwatch</a></p>`,
  };
}
