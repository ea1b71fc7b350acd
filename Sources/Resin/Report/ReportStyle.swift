extension Report {
  /// Colours by variables, with the dark ones where the reader prefers them.
  static let style = """
    :root{color-scheme:light dark;--ground:#fff;--raised:#f6f8fa;--text:#1c2128;--quiet:#59636e;\
    --line:#d1d9e0;--link:#0969da;--mark:#fff8c5;--c0:#a5d3ff;--c1:#b4e8c0;--c2:#f7d58b;\
    --c3:#dcc5fb;--c4:#a6e3da;--c5:#f7b9b4;--compute:#0969da;--L2:#1a7f37;--L3:#bf8700;--DRAM:#cf222e}
    @media (prefers-color-scheme:dark){:root{--ground:#0d1117;--raised:#151b23;--text:#e6edf3;\
    --quiet:#9198a1;--line:#30363d;--link:#58a6ff;--mark:#3a2c05;--c0:#184a7d;--c1:#1b5a2c;\
    --c2:#6b4d08;--c3:#4f3382;--c4:#135e55;--c5:#7a2b28;--compute:#58a6ff;--L2:#3fb950;\
    --L3:#d29922;--DRAM:#f85149}}
    *{box-sizing:border-box}
    body{margin:0 auto;padding:16px;max-width:1600px;background:var(--ground);color:var(--text);\
    font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}
    h1{margin:0;font-size:1.6rem;overflow-wrap:anywhere}h2{margin:32px 0 8px;font-size:1.2rem}
    header p,section>p{margin:4px 0 10px;max-width:80em;color:var(--quiet)}
    a{color:var(--link);text-decoration:none}nav{display:flex;flex-wrap:wrap;gap:4px 16px}
    .tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(128px,1fr));gap:8px;padding:0;\
    margin:12px 0;list-style:none}
    .tiles li{padding:8px 12px;border:1px solid var(--line);border-radius:8px;background:var(--raised);\
    color:var(--quiet);font-size:.8rem}
    .tiles b{display:block;color:var(--text);font-size:1.1rem;white-space:nowrap}
    button{font:inherit;color:inherit;cursor:pointer}
    .tabs button,.zoom button{min-height:36px;min-width:36px;padding:2px 12px;border:1px solid \
    var(--line);border-radius:6px;background:var(--raised)}
    .tabs button[aria-pressed=true]{border-color:var(--link);color:var(--link)}
    .view{display:flex;flex-direction:column;height:min(76vh,700px);border:1px solid var(--line);\
    border-radius:8px;overflow:hidden}
    .view[hidden]{display:none}
    .view svg{display:block;flex:1;width:100%;min-height:0;cursor:grab;touch-action:none}
    .zoom{display:flex;justify-content:flex-end;gap:4px;margin:0;padding:6px;\
    border-bottom:1px solid var(--line);background:var(--raised)}
    #arena{height:min(60vh,480px)}
    .wide{overflow-x:auto;border:1px solid var(--line);border-radius:8px}
    .plot{border:1px solid var(--line);border-radius:8px;overflow:hidden}
    .roof{display:block;width:100%;max-width:1000px;margin:0 auto}
    .roof.small{display:none}
    @media (max-width:640px){.roof.large{display:none}.roof.small{display:block}}
    .roof text,.memory text{font-family:system-ui,sans-serif;fill:var(--text);text-anchor:middle}
    .roof .axis,.memory .axis{font-size:11px;fill:var(--quiet);text-anchor:start}
    .roof .mid{text-anchor:middle}.roof .end,.memory .end{text-anchor:end}
    .hidden{visibility:hidden}
    .tick{stroke:var(--line);fill:none}
    .memory rect{stroke:var(--ground);stroke-width:.6}
    .c0{fill:var(--c0);background:var(--c0)}.c1{fill:var(--c1);background:var(--c1)}
    .c2{fill:var(--c2);background:var(--c2)}.c3{fill:var(--c3);background:var(--c3)}
    .c4{fill:var(--c4);background:var(--c4)}.c5{fill:var(--c5);background:var(--c5)}
    .dot{fill-opacity:.55;stroke-width:1;cursor:pointer}
    .compute{fill:var(--compute);stroke:var(--compute);background:var(--compute)}
    .L2{fill:var(--L2);stroke:var(--L2);background:var(--L2)}
    .L3{fill:var(--L3);stroke:var(--L3);background:var(--L3)}
    .DRAM{fill:var(--DRAM);stroke:var(--DRAM);background:var(--DRAM)}
    path.roofs{fill:none;stroke-width:1.5}
    .keys{display:flex;flex-wrap:wrap;gap:4px 20px;margin:0;padding:8px 12px;list-style:none;\
    border-top:1px solid var(--line);background:var(--raised);font-size:.82rem}
    .keys i,.sizes i{display:inline-block;width:.8em;height:.8em;margin-right:4px;border-radius:3px}
    table{border-collapse:collapse;font-size:.82rem;font-variant-numeric:tabular-nums}
    td,th{padding:4px 8px;border-bottom:1px solid var(--line);text-align:left;white-space:nowrap}
    .steps{width:100%}.steps td{vertical-align:top}
    .steps .name{min-width:8em;white-space:normal;overflow-wrap:anywhere}
    .steps .words{min-width:12em;white-space:normal}
    .steps small{color:var(--quiet)}
    .words b,.words span{display:inline-block;margin-right:.5em}
    td.num,.sizes td+td,.sizes th+th{text-align:right}
    .steps th{background:var(--raised)}
    .steps th button{border:0;background:none;font-weight:600;padding:4px 0}
    .steps th[aria-sort=ascending] button::after{content:' ▲'}
    .steps th[aria-sort=descending] button::after{content:' ▼'}
    .steps tr.marked td{background:var(--mark)}
    .bar{display:flex;height:22px;border-radius:6px;overflow:hidden;margin:8px 0}
    .bar i{min-width:2px}
    dl{display:grid;grid-template-columns:max-content minmax(0,80em);gap:6px 16px;margin:8px 0;font-size:.88rem}
    dt{font-weight:600}dd{margin:0;color:var(--quiet)}
    @media (max-width:640px){dl{grid-template-columns:minmax(0,1fr);gap:0}dd{margin-bottom:8px}}
    """
}
