/// How the console looks: light and dark as the reader's machine says, in one column on a phone.
enum ConsoleStyle {
    static let css = #"""
        :root {
          --page: #f4f6f9; --card: #fff; --ink: #17202c; --soft: #5d6b7c; --line: #dfe5ec; --accent: #2563eb; --accent-ink: #fff;
          --good: #15803d; --bad: #c62828; --warn: #a15c00; --waited: #d97706; --ran: #0d9488; --back: #9333ea;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #0e131a; --card: #171e28; --ink: #e6ebf2; --soft: #94a2b5; --line: #283342; --accent: #6ea8ff; --accent-ink: #0e131a;
            --good: #5fd08a; --bad: #ff7b7b; --warn: #f5b04c; --waited: #f5b04c; --ran: #3fd0bf; --back: #c792f8;
          }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
          font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100%; }
        a { color: var(--accent); text-decoration: none; }
        a:hover { text-decoration: underline; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
        .top { position: sticky; top: 0; z-index: 1; background: var(--card); border-bottom: 1px solid var(--line); }
        .top > div { max-width: 1160px; margin: 0 auto; padding: 10px 20px 0; }
        .brand { display: flex; flex-wrap: wrap; gap: 8px 14px; align-items: center; }
        .brand b { font-size: 17px; letter-spacing: -.01em; }
        .brand .state { margin-left: auto; font-size: 13px; color: var(--soft); }
        nav { display: flex; gap: 4px; overflow-x: auto; margin-top: 6px; scrollbar-width: none; }
        nav a { padding: 8px 12px; color: var(--soft); border-bottom: 2px solid transparent; white-space: nowrap; }
        nav a[aria-current] { color: var(--ink); border-color: var(--accent); font-weight: 600; }
        nav a:hover { text-decoration: none; color: var(--ink); }
        main { max-width: 1160px; margin: 0 auto; padding: 20px; display: grid; gap: 16px; }
        main > * { min-width: 0; }
        section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 16px 18px; }
        h1 { font-size: 22px; margin: 0; overflow-wrap: anywhere; } h2 { font-size: 15px; margin: 0 0 10px; }
        p { margin: 4px 0; } .soft { color: var(--soft); } .small { font-size: 13px; }
        .tiles { display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); }
        .tile { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 12px 16px; }
        .tile b { display: block; font-size: 26px; letter-spacing: -.02em; line-height: 1.3; }
        .good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
        .pill { display: inline-block; border: 1px solid currentColor; border-radius: 99px; padding: 0 9px; font-size: 12.5px; white-space: nowrap; }
        .problem { border-color: var(--bad); } .problem h2 { color: var(--bad); }
        .scroll { overflow-x: auto; margin: 0 -18px; padding: 0 18px; }
        table { border-collapse: collapse; width: 100%; font-size: 14px; }
        th, td { text-align: left; padding: 7px 16px 7px 0; border-top: 1px solid var(--line); vertical-align: top; }
        thead th { border: 0; color: var(--soft); font-weight: 500; font-size: 13px; padding-top: 0; white-space: nowrap; }
        td.n, th.n { text-align: right; white-space: nowrap; }
        tbody tr:first-child > * { border-top: 1px solid var(--line); }
        td.wide { min-width: 220px; overflow-wrap: anywhere; }
        pre { margin: 8px 0 0; padding: 12px; background: var(--page); border: 1px solid var(--line); border-radius: 8px; overflow: auto; max-height: 420px;
          font: 12.5px/1.5 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
        code { font: 13px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
        form { display: grid; gap: 12px; }
        label { display: grid; gap: 3px; font-size: 13px; color: var(--soft); }
        label b { color: var(--ink); font-weight: 600; }
        input, select, textarea, button { font: inherit; color: inherit; }
        input, select, textarea { color: var(--ink); width: 100%; padding: 8px 10px; border: 1px solid var(--line); border-radius: 8px; background: var(--page); }
        input[type=checkbox] { width: auto; justify-self: start; transform: scale(1.25); margin: 4px; }
        textarea { min-height: 90px; font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; resize: vertical; }
        button { padding: 8px 16px; border: 1px solid var(--accent); border-radius: 8px; background: var(--accent); color: var(--accent-ink); cursor: pointer;
          min-height: 40px; }
        button.quiet { background: none; color: var(--accent); min-height: 0; padding: 3px 10px; font-size: 13px; }
        button:disabled { opacity: .5; cursor: default; }
        .line { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: center; }
        .space { width: 15em; padding: 4px 10px; }
        svg { display: block; width: 100%; height: auto; }
        svg.bar { height: 8px; min-width: 90px; margin: 6px 0 2px; border-radius: 4px; }
        svg text { fill: var(--soft); font-size: 11px; }
        .axis { stroke: var(--line); } .plot { fill: none; stroke-width: 2; stroke-linejoin: round; }
        .c-rate { stroke: var(--accent); } .c-bad { stroke: var(--bad); } .c-waited { stroke: var(--waited); } .c-ran { stroke: var(--ran); }
        .f-waited { fill: var(--waited); } .f-ran { fill: var(--ran); } .f-back { fill: var(--back); }
        .f-bad { fill: var(--bad); } .f-none { fill: var(--line); }
        .key { display: inline-flex; gap: 6px; align-items: center; margin-right: 16px; font-size: 13px; color: var(--soft); }
        .dot { width: 10px; height: 10px; border-radius: 3px; display: inline-block; }
        .d-rate { background: var(--accent); } .d-bad { background: var(--bad); } .d-waited { background: var(--waited); } .d-ran { background: var(--ran); }
        .d-back { background: var(--back); }
        .two { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(380px, 100%), 1fr)); }
        .two > * { min-width: 0; }
        @media (max-width: 640px) {
          main { padding: 14px; gap: 12px; } .top > div { padding: 8px 14px 0; } .brand .state { margin-left: 0; width: 100%; }
          .space { width: 100%; } .tiles { grid-template-columns: 1fr 1fr; } .tile b { font-size: 22px; }
          thead { display: none; }
          table, tbody, tr { display: block; }
          tr { border-top: 1px solid var(--line); padding: 8px 0; }
          tbody tr:first-child { border-top: 0; }
          td, td.n, tbody tr:first-child > td { display: grid; grid-template-columns: 7.5em 1fr; gap: 8px; border: 0; padding: 2px 0; text-align: left;
            white-space: normal; }
          td::before { content: attr(data-name); color: var(--soft); font-size: 13px; }
          td > * { min-width: 0; overflow-wrap: anywhere; justify-self: start; }
        }
        """#
}
