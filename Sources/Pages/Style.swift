/// How the page looks: light and dark as the reader's system is, from 400 pixels of width on.
enum Style {
    static let text = #"""
        :root {
          --ground: #fbfaf8; --panel: #fff; --ink: #1d1b19; --faint: #66615c; --line: #dedad4;
          --painting: #b4431a; --source: #2567a8; --ratio: #6b4fa0; --warn: #8f1d12; --warnground: #fdeae6;
          --button: #efece7;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #161514; --panel: #201e1d; --ink: #ece8e3; --faint: #a39d96; --line: #3a3735;
            --painting: #f0916a; --source: #7db4ee; --ratio: #b9a1ec; --warn: #ffb4a6; --warnground: #43201a;
            --button: #312e2c;
          }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
        header, main { max-width: 1280px; margin: 0 auto; padding: 0 16px; }
        header { padding-top: 20px; }
        h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
        header p { margin: 4px 0 0; color: var(--faint); overflow-wrap: anywhere; }
        h2 { font-size: 1.1rem; margin: 0 0 8px; }
        section { margin: 24px 0; }
        ul { margin: 0; padding-left: 20px; overflow-wrap: anywhere; }
        button, select { font: inherit; color: inherit; background: var(--button); border: 1px solid var(--line);
          border-radius: 6px; padding: 4px 12px; cursor: pointer; }
        :focus-visible { outline: 3px solid var(--source); outline-offset: 2px; }
        .warning { background: var(--warnground); border-left: 6px solid var(--warn); border-radius: 6px;
          padding: 12px 16px; }
        .warning h2 { color: var(--warn); }
        .warning li { margin: 4px 0; }
        .note { color: var(--faint); border-left: 4px solid var(--line); padding-left: 12px; margin: 8px 0; }
        #stage { position: relative; background: #000; border-radius: 6px; overflow: hidden; }
        #stage.wiped, #stage.single { aspect-ratio: var(--shape); width: 100%;
          max-width: calc(70vh * var(--shape)); margin: 0 auto; }
        #stage.wiped video { position: absolute; inset: 0; }
        #stage.wiped #source { clip-path: inset(0 calc(100% - var(--at, 50%)) 0 0); }
        #stage video { display: block; width: 100%; height: 100%; object-fit: fill; }
        #stage.two { display: grid; grid-template-columns: 1fr 1fr; gap: 4px; }
        #stage.two video { object-fit: contain; }
        #stage.two #source { order: -1; }
        #stage.two #edge { display: none; }
        #edge { position: absolute; top: 0; bottom: 0; left: var(--at, 50%); width: 2px; margin-left: -1px;
          background: #fff; box-shadow: 0 0 4px #000; pointer-events: none; }
        .tag { position: absolute; top: 8px; padding: 0 8px; border-radius: 4px; background: #000a; color: #fff;
          font-size: .8rem; pointer-events: none; }
        .tag.left { left: 8px; } .tag.right { right: 8px; }
        #wipe { display: block; width: 100%; max-width: calc(70vh * var(--shape)); margin: 6px auto; }
        .controls { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: center; margin: 8px 0; }
        #seek { flex: 1 1 200px; min-width: 120px; }
        #play { min-width: 5em; }
        #clock { font-variant-numeric: tabular-nums; }
        .chart { margin: 0 0 20px; display: grid; grid-template-columns: 3.6em 1fr; }
        .chart figcaption, .chart .caption { grid-column: 2; }
        .chart .caption { margin: 4px 0 0; color: var(--faint); font-size: .85rem; }
        .chart figcaption { margin-bottom: 6px; }
        .key { color: var(--faint); font-size: .85rem; margin-left: 12px; white-space: nowrap; }
        .key::before { content: ""; display: inline-block; width: 16px; height: 3px; margin-right: 6px;
          vertical-align: middle; background: currentColor; }
        .key.painting { color: var(--painting); } .key.source { color: var(--source); }
        .key.ratio { color: var(--ratio); }
        .scale { position: relative; height: 140px; font-size: .75rem; color: var(--faint); }
        .scale span { position: absolute; right: 6px; transform: translateY(-50%);
          font-variant-numeric: tabular-nums; }
        .plot { position: relative; height: 140px; background: var(--panel); border: 1px solid var(--line);
          cursor: pointer; min-width: 0; }
        .plot svg { display: block; width: 100%; height: 100%; overflow: visible; }
        .plot path { fill: none; vector-effect: non-scaling-stroke; }
        .line { stroke-width: 1.5; stroke-linejoin: round; stroke-linecap: round; }
        .line.painting { stroke: var(--painting); } .line.source { stroke: var(--source); }
        .line.ratio { stroke: var(--ratio); }
        .cut { stroke: var(--faint); stroke-width: 1; stroke-dasharray: 2 3; opacity: .6; }
        .mark { stroke: var(--line); stroke-width: 1; }
        .limit { stroke: var(--warn); stroke-width: 1.5; stroke-dasharray: 6 4; }
        .now { position: absolute; top: 0; bottom: 0; left: 0; width: 2px; margin-left: -1px;
          background: var(--ink); pointer-events: none; }
        .spot { position: absolute; top: -8px; width: 20px; height: 20px; margin-left: -10px; padding: 0;
          border-radius: 50%; font-size: .7rem; line-height: 1; }
        #reading { min-height: 1.5em; margin: 0 0 8px; color: var(--faint); font-variant-numeric: tabular-nums; }
        .moments { list-style: none; margin: 0; padding: 0; display: grid; gap: 12px;
          grid-template-columns: repeat(auto-fill, minmax(min(100%, 250px), 1fr)); }
        .moments button { display: block; width: 100%; padding: 6px; text-align: left; }
        .moments button span, .moments small { display: block; }
        .moments .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 2px; }
        .moments img { display: block; width: 100%; height: auto; border-radius: 3px; }
        .moments small { color: var(--faint); }
        .table { overflow-x: auto; }
        table { border-collapse: collapse; }
        th, td { text-align: left; vertical-align: top; padding: 3px 20px 3px 0; border-bottom: 1px solid var(--line);
          overflow-wrap: anywhere; }
        th { font-weight: normal; color: var(--faint); white-space: nowrap; }
        pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 10px;
          white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 0 8px; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 0; }
        dt, dd { margin: 0; }
        @media (max-width: 600px) {
          th { white-space: normal; padding-right: 10px; }
          .chart { grid-template-columns: 2.8em 1fr; }
          .key { margin-left: 6px; }
          .moments { grid-template-columns: 1fr 1fr; }
        }
        kbd { background: var(--button); border: 1px solid var(--line); border-radius: 4px; padding: 0 6px; }

        """#
}
