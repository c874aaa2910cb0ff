/** The frame around every view. */
import { may, type Principal } from '../../../core/access.ts';
import { type Html, html, type Part } from '../../../core/html.ts';
import { assetNames } from './assets.ts';
import type { Links } from './links.ts';

export interface Frame {
  readonly links: Links;
  /** null: nobody is signed in. */
  readonly principal: Principal | null;
  readonly version: string;
  /** A session was opened with a token; else the caller is an admin because no token exists. */
  readonly isSignedIn: boolean;
}

export interface View {
  readonly title: string;
  /** The way from the overview to this view; left out: this is the overview. */
  readonly trail?: readonly (readonly [name: string, href: string])[];
  readonly content: Part;
  /** Seconds between live updates; left out: none. */
  readonly refresh?: number;
  /** Without JavaScript, it is loaded again after this many seconds. */
  readonly reload?: number;
  /** It only sends the browser on to here, a path of this service. */
  readonly again?: string;
}

export function documentOf({ links, principal, version, isSignedIn }: Frame, view: View): Html {
  const { title, trail, content, refresh, reload, again } = view;
  const reloading =
    reload !== undefined && html`<noscript><meta http-equiv="refresh" content="${reload}"></noscript>`;
  const crumbs = trail?.map(([name, href]) => html`<li><a href="${href}">${name}</a></li>`);
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
${reloading}${again !== undefined && html`<meta http-equiv="refresh" content="0; url=${again}">`}<title>${title} · pinwatch</title>
<link rel="icon" href="${links.asset(assetNames.icon)}" type="image/svg+xml">
<link rel="stylesheet" href="${links.asset(assetNames.style)}">
<script src="${links.asset(assetNames.script)}" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="top"><div class="width">
<a class="home" href="${links.overview}">pinwatch</a>
${principal !== null && callerOf(principal, isSignedIn, links)}
</div></header>
<p id="news" class="unseen" role="status"></p>
<p id="stale" class="width notice bad" hidden></p>
<main id="main" class="width" tabindex="-1"${refresh !== undefined && html` data-refresh="${refresh}"`}>
${trail !== undefined && html`<nav aria-label="Breadcrumb"><ol class="trail"><li><a href="${links.overview}">Overview</a></li>${crumbs}</ol></nav>`}
${content}
</main>
<footer class="width"><p>pinwatch ${version}. Times are in UTC.${principal !== null && may(principal, 'read_queues', null) && html` <a href="${links.queues}">Queues</a>`}</p></footer>
</body>
</html>
`;
}

function callerOf({ name, role }: Principal, isSignedIn: boolean, links: Links): Html {
  if (!isSignedIn) return html`<p class="caller">No token exists: everyone on this machine is an admin.</p>`;
  return html`<form class="caller" method="post" action="${links.signOut}"><span>${name} (${role})</span><button class="plain">Sign out</button></form>`;
}
