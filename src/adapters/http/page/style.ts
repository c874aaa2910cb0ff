export const style = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --raised: #f6f7f9; --line: #d9dde3; --text: #1b1f24; --soft: #59616b; --link: #1f5fae;
  --bad: #a11a13; --bad-ground: #fdecea; --warn: #7a4a00; --warn-ground: #fdf2dc; --good: #17612f; --good-ground: #e6f4ea;
  --quiet-ground: #eceff3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171a; --raised: #1c2024; --line: #343b43; --text: #e4e7ea; --soft: #a3acb6; --link: #86b7f2;
    --bad: #ff9d94; --bad-ground: #46201d; --warn: #f2c46b; --warn-ground: #3d2f12; --good: #86d69c; --good-ground: #193a24;
    --quiet-ground: #2a3037;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
.width { max-width: 1120px; margin: 0 auto; padding: 0 20px; }
a { color: var(--link); }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }
main:focus-visible { outline: none; }
p.notice.width { margin-top: 16px; }
.unseen { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -999px; top: 0; padding: 8px 12px; background: var(--ground); z-index: 1; }
.skip:focus { left: 8px; top: 8px; }
.top { border-bottom: 1px solid var(--line); background: var(--raised); }
.top .width { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: center; justify-content: space-between; min-height: 48px; padding-top: 6px; padding-bottom: 6px; }
.home { font-weight: 650; color: var(--text); text-decoration: none; }
.caller { display: flex; gap: 12px; align-items: center; margin: 0; color: var(--soft); font-size: 14px; }
.trail { display: flex; flex-wrap: wrap; gap: 0 6px; margin: 16px 0 0; padding: 0; list-style: none; font-size: 14px; }
.trail li + li::before { content: "/"; color: var(--soft); margin-right: 6px; }
h1 { font-size: 22px; line-height: 1.25; margin: 20px 0 12px; display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: center; }
h2 { font-size: 16px; line-height: 1.3; margin: 32px 0 8px; }
h3 { font-size: 15px; line-height: 1.3; margin: 0 0 6px; display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: center; }
p { margin: 0 0 10px; }
.lead { font-size: 16px; max-width: 75ch; margin: -6px 0 14px; }
.soft, .soft time { color: var(--soft); }
code, .mono { font: 13px/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.badge { display: inline-block; padding: 0 7px; border-radius: 4px; font-size: 13px; font-weight: 600; line-height: 20px; white-space: nowrap; }
.bad { color: var(--bad); background: var(--bad-ground); }
.warn { color: var(--warn); background: var(--warn-ground); }
.good { color: var(--good); background: var(--good-ground); }
.quiet { color: var(--soft); background: var(--quiet-ground); }
.notice { padding: 10px 14px; margin: 16px 0; border-left: 4px solid currentColor; border-radius: 2px; }
.notice p:last-child { margin: 0; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(160px, 1fr)); gap: 10px 20px; margin: 0 0 12px; }
.facts dt { color: var(--soft); font-size: 13px; }
.facts dd { margin: 0; font-variant-numeric: tabular-nums; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 7px 12px 7px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--soft); font-size: 13px; font-weight: 500; padding-top: 0; white-space: nowrap; }
tbody th { font-weight: 500; }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; white-space: nowrap; }
td .badge + .badge, th .badge + .badge { margin-left: 4px; }
ul.findings { list-style: none; margin: 0; padding: 0; }
ul.findings > li { padding: 8px 0; border-bottom: 1px solid var(--line); display: grid; grid-template-columns: 84px 1fr; gap: 2px 12px; }
ul.findings > li p { margin: 0; }
.card { border: 1px solid var(--line); border-radius: 6px; padding: 12px 14px; margin: 0 0 12px; }
.card.fails { border-left: 4px solid var(--bad); }
.card.unsure { border-left: 4px solid var(--warn); }
.card > :last-child { margin-bottom: 0; }
.chain { margin: 8px 0 0; padding: 0; list-style: none; }
.chain li { padding: 6px 0; border-top: 1px solid var(--line); }
.chain p { margin: 0; }
.pin { display: block; color: var(--soft); }
form { margin: 0; }
.row { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: end; margin: 8px 0 12px; }
label { display: block; margin-bottom: 3px; font-size: 13px; color: var(--soft); }
input, select, button { font: inherit; color: inherit; }
input[type=text], input[type=password], select { display: block; width: 100%; min-width: 0; height: 34px; padding: 4px 8px; border: 1px solid var(--soft); border-radius: 4px; background: var(--ground); color: var(--text); }
.grow { flex: 1 1 260px; }
.actions { margin: 20px 0 0; gap: 12px 24px; }
.actions .row { margin: 0; }
.actions .row p { margin: 6px 0; }
button { height: 34px; padding: 4px 14px; border: 1px solid var(--link); border-radius: 4px; background: var(--ground); color: var(--link); font-weight: 600; cursor: pointer; }
button.first { background: var(--link); color: var(--ground); }
button.plain { height: auto; padding: 2px 6px; border-color: transparent; background: none; font-weight: 500; text-decoration: underline; }
.pager { display: flex; gap: 16px; margin: 10px 0 0; }
.sign-in { max-width: 420px; margin: 48px auto; }
progress { width: 220px; max-width: 100%; height: 8px; accent-color: var(--link); vertical-align: middle; }
summary { cursor: pointer; color: var(--link); padding: 6px 0; }
footer p { display: flex; flex-wrap: wrap; gap: 4px 16px; }
footer.width { margin-top: 40px; padding-top: 12px; padding-bottom: 20px; color: var(--soft); font-size: 13px; }
[hidden] { display: none !important; }
@media (max-width: 640px) {
  .width { padding: 0 14px; }
  table, tbody, tr, th, td { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  h1 { font-size: 20px; }
  tbody tr { display: flex; flex-wrap: wrap; gap: 2px 14px; padding: 8px 0; border-bottom: 1px solid var(--line); }
  tbody th { flex: 1 0 100%; }
  tbody th, td { border: 0; padding: 0; }
  td:empty { display: none; }
  td::before { content: attr(data-label) " "; color: var(--soft); font-size: 13px; }
  td.plain::before { content: none; }
  td.number { text-align: left; }
  ul.findings > li { grid-template-columns: 1fr; }
  .facts { grid-template-columns: repeat(auto-fill, minmax(140px, 1fr)); }
  .row button { flex: 1 0 auto; }
}
@media (min-width: 641px) { th code { white-space: nowrap; } }
@media (prefers-reduced-motion: no-preference) { .skip { transition: left .1s; } }
@media print { .top form, .row, footer { display: none; } }
`;
