/**
 * What the page does with JavaScript, beyond what it does without: a view replaces itself when it is due or a probe has
 * ended, unless a person is using a form in it.
 */
export const script = `'use strict';
(() => {
  const main = () => document.getElementById('main');
  const isInUse = () => {
    const { activeElement } = document;
    const inForm = activeElement !== null && main().contains(activeElement) && activeElement.matches('input, select, textarea');
    return inForm || [...main().querySelectorAll('input[type=text]')].some((field) => field.value !== field.defaultValue);
  };
  let following = null;
  let renewedAt = Date.now();

  /** A view that is no longer renewed must not look as if it were. */
  function tellStale(isStale) {
    const stale = document.getElementById('stale');
    stale.hidden = !isStale;
    if (isStale) stale.textContent = 'Not renewed since ' + new Date(renewedAt).toISOString().slice(11, 19) + ' UTC: pinwatch does not answer.';
    else renewedAt = Date.now();
  }

  async function renew(url) {
    const response = await fetch(url, { headers: { accept: 'text/html' } }).catch(() => null);
    if (response?.redirected) return location.assign(response.url);
    tellStale(response === null || !response.ok);
    if (response === null || !response.ok) return;
    const next = new DOMParser().parseFromString(await response.text(), 'text/html').getElementById('main');
    if (next === null || isInUse()) return;
    const focused = document.activeElement?.id;
    const open = [...main().querySelectorAll('details[open]')].map(({ id }) => id);
    main().replaceWith(next);
    for (const id of open) document.getElementById(id)?.setAttribute('open', '');
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    begin();
  }

  function follow(status) {
    const bar = status.querySelector('progress');
    const text = status.querySelector('[data-progress]');
    const began = Date.now();
    const source = new EventSource(status.dataset.events);
    let done = Number(status.dataset.done);
    const show = () => {
      const of = Number(status.dataset.of);
      const seconds = Math.round((Date.now() - began) / 1000);
      text.textContent = (of === 1 ? 'Probing' : done + ' of ' + of + ' probed') + ', ' + seconds + ' s';
      bar.value = done;
    };
    const timer = setInterval(show, 1000);
    const stop = () => {
      clearInterval(timer);
      source.close();
      following = null;
    };
    source.addEventListener('probe', (event) => {
      done = Math.max(done, JSON.parse(event.data).progress.done);
      show();
    });
    source.addEventListener('end', () => {
      stop();
      renew(location.href);
    });
    source.onerror = () => {
      stop();
      setTimeout(() => renew(location.href), 2000);
    };
    following = stop;
  }

  function begin() {
    // A screen reader tells only what changes after the view was loaded.
    const news = document.getElementById('news');
    const told = main().querySelector('[role=status]')?.textContent ?? '';
    if (news.textContent !== told) news.textContent = told;
    const status = document.querySelector('[data-events]');
    if (status !== null && following === null) follow(status);
  }

  setInterval(() => {
    const seconds = Number(main().dataset.refresh ?? 0);
    if (seconds === 0 || document.hidden || following !== null) return;
    main().dataset.age = String(Number(main().dataset.age ?? 0) + 1);
    if (Number(main().dataset.age) < seconds) return;
    main().dataset.age = '0';
    renew(location.href);
  }, 1000);
  begin();
})();
`;
