/// How a page looks.
enum PageStyle {
    static let css: Markup = """

        :root {
          --page: #f4f6f9; --card: #ffffff; --ink: #17202c; --soft: #5d6b7c; --line: #dfe5ec; --grid: #e9edf2;
          --total: #2563eb; --queued: #d97706; --run: #0d9488; --returned: #9333ea; --other: #94a3b8;
          --good: #15803d; --bad: #c62828; --warn: #fff4e0; --warn-ink: #7a4a00; --warn-line: #f0c987;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #0e131a; --card: #171e28; --ink: #e6ebf2; --soft: #94a2b5; --line: #283342; --grid: #232d3a;
            --total: #6ea8ff; --queued: #f5b04c; --run: #3fd0bf; --returned: #c792f8; --other: #64748b;
            --good: #5fd08a; --bad: #ff7b7b; --warn: #2e2413; --warn-ink: #ffd596; --warn-line: #5e4a22;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0; background: var(--page); color: var(--ink); -webkit-text-size-adjust: 100%;
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
          font-variant-numeric: tabular-nums;
        }
        main { max-width: 1088px; margin: 0 auto; padding: 36px 24px 28px; display: grid; gap: 18px; }
        main > *, .row > * { min-width: 0; }
        h1 { margin: 0; font-size: 30px; line-height: 1.2; letter-spacing: -0.02em; overflow-wrap: anywhere; }
        h2 { margin: 0 0 14px; font-size: 16px; line-height: 1.3; }
        header p { margin: 6px 0 0; color: var(--soft); max-width: 80ch; text-wrap: pretty; }
        .pills { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 14px; }
        .pill { border: 1px solid var(--line); background: var(--card); border-radius: 999px; padding: 2px 12px; font-size: 13px;
          color: var(--soft); }
        section, .tile { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
        section { padding: 20px 22px; }
        .tiles { display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); }
        .tile { padding: 14px 16px; }
        .label { color: var(--soft); font-size: 13px; }
        .value { font-size: 26px; font-weight: 650; line-height: 1.3; letter-spacing: -0.02em; white-space: nowrap; }
        .value small { font-size: 15px; font-weight: 500; color: var(--soft); letter-spacing: 0; }
        .change { color: var(--soft); font-size: 13px; }
        .good { color: var(--good); }
        .bad { color: var(--bad); }
        .row { display: grid; gap: 18px; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); }
        .warnings { background: var(--warn); color: var(--warn-ink); border: 1px solid var(--warn-line); border-radius: 12px;
          padding: 12px 18px; }
        .warnings p { margin: 4px 0; }
        figure { margin: 0; }
        .legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0 0 8px; font-size: 13px; color: var(--soft); }
        .legend b { color: var(--ink); font-weight: 600; }
        .key { display: inline-flex; align-items: center; gap: 6px; white-space: nowrap; }
        .dot { width: 10px; height: 10px; border-radius: 3px; background: var(--c); }
        .dash { width: 18px; height: 0; border-top: 2px dashed var(--c); }
        .total, .p50, .rate { --c: var(--total); }
        .queued, .p99 { --c: var(--queued); }
        .run { --c: var(--run); }
        .returned { --c: var(--returned); }
        .other { --c: var(--other); }
        .errors { --c: var(--bad); }
        .plot { display: block; width: 100%; height: auto; }
        .plot text { fill: var(--soft); font-size: 12px; }
        .plot .title { font-size: 12px; }
        .grid { stroke: var(--grid); stroke-width: 1; }
        polyline { fill: none; stroke: var(--c); stroke-width: 1.7; stroke-linejoin: round; stroke-linecap: round; }
        polyline.total { stroke-width: 2.4; }
        polyline.old { stroke-dasharray: 5 5; stroke-width: 1.6; opacity: 0.8; }
        .area { fill: var(--c); opacity: 0.13; }
        .narrow { display: none; }
        .bars { margin-bottom: 4px; }
        .bar { display: flex; height: 26px; margin: 4px 0 8px; border-radius: 6px; overflow: hidden; background: var(--grid); }
        .bar i { background: var(--c); min-width: 2px; }
        .bar i + i { border-left: 1px solid var(--card); }
        .note { margin: 2px 0 14px; color: var(--soft); font-size: 13px; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: 14px; }
        th, td { padding: 7px 0 7px 18px; text-align: right; white-space: nowrap; border-top: 1px solid var(--line); }
        thead th { border-top: 0; color: var(--soft); font-weight: 500; font-size: 13px; padding-top: 0; }
        th:first-child { padding-left: 0; text-align: left; font-weight: 550; }
        .pairs th { width: 1%; color: var(--soft); font-weight: 400; vertical-align: top; }
        .pairs td { text-align: left; white-space: normal; overflow-wrap: anywhere; }
        .pairs tr:first-child > * { border-top: 0; padding-top: 0; }
        .examples { margin: 12px 0 0; padding: 0; list-style: none; font-size: 13px; }
        .examples li { margin: 6px 0 0; }
        code { font: 12px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
        footer { color: var(--soft); font-size: 13px; text-align: center; }
        @media (max-width: 620px) {
          main { padding: 22px 14px; gap: 14px; }
          h1 { font-size: 24px; }
          section { padding: 16px; }
          .tiles { grid-template-columns: 1fr 1fr; gap: 10px; }
          .value { font-size: 22px; }
          .wide { display: none; }
          .narrow { display: block; }
          th, td { padding-left: 14px; }
        }

        """
}
