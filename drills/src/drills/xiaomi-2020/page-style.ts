/** How the report looks: readable on a phone, on a desk, in the dark and on paper. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --ground: #fff; --panel: #f3f5f7; --line: #d5dae0; --bad: #c0212e; --good: #17713b; --held: #b26a00; --link: #0b57b0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #a6afb9; --ground: #14171a; --panel: #1f2429; --line: #3a424a; --bad: #ff7b83; --good: #66d08f; --held: #f0ad4a; --link: #86b7fe; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 17px/1.55 system-ui, sans-serif; }
main { max-width: 900px; margin: 0 auto; padding: 24px 20px 64px; }
h1 { font-size: clamp(28px, 6vw, 44px); line-height: 1.1; margin: 16px 0 12px; letter-spacing: -0.02em; }
h2 { font-size: 24px; line-height: 1.25; margin: 0 0 10px; }
.lead { font-size: 20px; color: var(--soft); margin: 0; max-width: 40em; }
section { margin-top: 48px; }
section p { max-width: 42em; }
a { color: var(--link); }
.sources { font-size: 15px; color: var(--soft); }
.headline { display: grid; gap: 14px; grid-template-columns: 1fr 1fr; }
.headline div { background: var(--panel); border-radius: 12px; padding: 18px 20px; }
.headline strong { display: block; font-size: clamp(30px, 6vw, 46px); line-height: 1.1; }
.headline span { color: var(--soft); }
.bad { color: var(--bad); } .good { color: var(--good); }
figure { margin: 20px 0; }
svg { display: block; width: 100%; height: auto; font-family: system-ui, sans-serif; }
svg.narrow { display: none; }
svg text { fill: var(--ink); }
svg .lane { font-size: 15px; font-weight: 650; }
svg .small { font-size: 12.5px; fill: var(--soft); }
svg .mark { font-size: 13px; font-weight: 600; }
svg .ground { fill: var(--panel); }
svg .day { stroke: var(--line); }
svg .then { stroke: var(--soft); stroke-dasharray: 2 3; }
svg .update { stroke: var(--ink); stroke-width: 1.5; }
svg .paused { fill: var(--line); opacity: .75; }
svg circle.bad { fill: var(--bad); } svg circle.held { fill: var(--held); }
figcaption { font-size: 14px; color: var(--soft); margin-top: 8px; }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 50%; } .key.bad { background: var(--bad); } .key.held { background: var(--held); }
table { border-collapse: collapse; width: 100%; font-size: 16px; }
th, td { text-align: left; vertical-align: top; padding: 9px 14px 9px 0; border-bottom: 1px solid var(--line); }
th[scope=row] { font-weight: 500; }
thead th { color: var(--soft); font-weight: 600; font-size: 14px; }
.answers th[scope=row] { width: 36%; } .answers td { width: 32%; }
details { margin-top: 14px; } summary { cursor: pointer; color: var(--link); padding: 4px 0; }
.list { font-size: 14px; font-variant-numeric: tabular-nums; }
li { margin-bottom: 8px; max-width: 42em; }
code { background: var(--panel); padding: 2px 6px; border-radius: 5px; font-size: 14px; overflow-wrap: anywhere; }
@media (max-width: 640px) {
  main { padding: 12px 16px 48px; } .headline { grid-template-columns: 1fr; }
  svg.wide { display: none; } svg.narrow { display: block; }
  .answers, .answers tbody, .answers tr, .answers th, .answers td { display: block; width: auto !important; }
  .answers thead { display: none; } .answers tr { border-bottom: 1px solid var(--line); padding: 10px 0; }
  .answers th, .answers td { border: 0; padding: 1px 0; } .answers th[scope=row] { font-weight: 650; }
  .answers td::before { content: attr(data-of) ": "; color: var(--soft); }
}
@media print { details { display: none; } section { break-inside: avoid; } }
`;
