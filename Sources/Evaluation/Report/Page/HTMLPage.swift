/// The page that a report is: one file without scripts, which asks the network for nothing.
enum HTMLPage {
  static func document(title: String, body: [String]) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(Markup.escaped(title))</title>
    <style>\(style)</style>
    </head>
    <body>
    <main>
    \(body.filter { !$0.isEmpty }.joined(separator: "\n"))
    </main>
    </body>
    </html>

    """
  }

  static func section(_ title: String, _ content: String...) -> String {
    "<section><h2>\(Markup.escaped(title))</h2>\n\(content.filter { !$0.isEmpty }.joined(separator: "\n"))</section>"
  }

  static func pair(_ figures: [String]) -> String { "<div class=\"pair\">\(figures.joined(separator: "\n"))</div>" }

  /// A number that matters, with what it is and its interval.
  static func tile(_ what: String, _ value: String, _ detail: String) -> String {
    "<div class=\"tile\"><span>\(Markup.escaped(what))</span><b>\(value)</b><small>\(detail)</small></div>"
  }

  static func tiles(_ tiles: [String]) -> String { "<div class=\"tiles\">\(tiles.joined())</div>" }

  private static let style = """
    :root{--back:#fff;--panel:#f6f7f9;--ink:#1b1f24;--soft:#59626e;--grid:#e3e6ea;--axis:#9aa3ad;--c1:#1f6fd1;--c2:#c9540a;\
    --c3:#0b7f5c;--c4:#7a3fb8;--c0:#7d8792;--on:#fff}
    @media (prefers-color-scheme:dark){:root{--back:#14171b;--panel:#1c2127;--ink:#e8ebef;--soft:#a3adb8;--grid:#2c333b;\
    --axis:#66717d;--c1:#6aa9ff;--c2:#ff9d57;--c3:#4fd1a5;--c4:#c29bff;--c0:#8b96a3;--on:#10141a}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--back);color:var(--ink);font:15px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
    main{max-width:1180px;margin:0 auto;padding:28px 24px 60px}
    h1{font-size:27px;margin:0 0 2px}h2{font-size:20px;margin:38px 0 10px;padding-top:10px;border-top:1px solid var(--grid)}
    h3{font-size:16px;margin:24px 0 6px}p{margin:6px 0}small,.note,.sub{color:var(--soft)}td small,.tile small{white-space:nowrap}.note{font-size:13px;margin:4px 0 0}
    .sub{margin:0 0 18px}code{font:12px/1.4 ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
    .tiles{display:flex;flex-wrap:wrap;gap:12px;margin:16px 0}
    .tile{background:var(--panel);border:1px solid var(--grid);border-radius:8px;padding:10px 16px;min-width:165px;flex:1 1 165px}
    .tile span,.tile small{display:block;font-size:13px;color:var(--soft)}.tile b{display:block;font-size:24px;line-height:1.35}
    .pair{display:flex;flex-wrap:wrap;gap:20px}.pair figure{flex:1 1 440px;min-width:0}
    figure{margin:14px 0}figcaption{font-weight:600;margin-bottom:4px}
    svg{width:100%;max-width:640px;height:auto;display:block}svg.wide{max-width:none}svg text{font:12px system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:var(--ink)}
    svg .tick{fill:var(--soft);font-size:11.5px}svg .title{fill:var(--soft)}svg .label{font-size:12px}
    svg .count{font-size:10px}svg .count.small{font-size:7.5px}svg .count.on{fill:var(--on)}
    .grid{stroke:var(--grid);stroke-width:1}.axis{stroke:var(--axis);stroke-width:1}
    .threshold{stroke:var(--ink);stroke-width:1.3;stroke-dasharray:5 3}
    .line{fill:none;stroke-width:2;stroke-linejoin:round}.line.c1{stroke:var(--c1)}.line.c2{stroke:var(--c2);stroke-dasharray:7 3}
    .line.c3{stroke:var(--c3);stroke-dasharray:2 3}.line.c4{stroke:var(--c4);stroke-dasharray:10 3 2 3}
    .equal{stroke:var(--axis);stroke-width:1;stroke-dasharray:3 4}
    .band{stroke:none;fill-opacity:.16}.band.c1,.dot.c1,.fill.c1{fill:var(--c1)}.dot.c2,.fill.c2{fill:var(--c2)}
    .dot.c3{fill:var(--c3)}.dot.c4{fill:var(--c4)}.fill.c0{fill:var(--c0)}.dot{stroke:var(--back);stroke-width:1.5}
    .area{fill-opacity:.42;stroke-width:1.5}.area.c1{fill:var(--c1);stroke:var(--c1)}.area.c2{fill:var(--c2);stroke:var(--c2)}
    .cell{fill:var(--panel)}.whisker{stroke-width:1.6}.whisker.c1{stroke:var(--c1)}
    .legend{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13px;margin:2px 0 4px}
    .legend i{display:inline-block;width:13px;height:13px;border-radius:3px;margin-right:6px;vertical-align:-2px}
    .legend .c1{background:var(--c1)}.legend .c2{background:var(--c2)}.legend .c3{background:var(--c3)}
    .legend .c4{background:var(--c4)}.legend .c0{background:var(--c0)}
    .scroll{overflow-x:auto}table{border-collapse:collapse;margin:8px 0;min-width:50%}
    th,td{text-align:left;padding:4px 14px 4px 0;border-bottom:1px solid var(--grid);vertical-align:top}
    th{font-weight:600;color:var(--soft);font-size:13px}.n{text-align:right;font-variant-numeric:tabular-nums}
    .warn{border-left:4px solid var(--c2);padding:4px 12px;background:var(--panel)}
    @media print{:root{--back:#fff;--panel:#f6f7f9;--ink:#000;--soft:#444;--grid:#ddd;--axis:#888;--c1:#1f6fd1;--c2:#c9540a;\
    --c3:#0b7f5c;--c4:#7a3fb8;--c0:#7d8792;--on:#fff}
    main{padding:0;max-width:none}figure,.tile,tr{break-inside:avoid}h2,h3{break-after:avoid}body{font-size:11pt}
    *{print-color-adjust:exact;-webkit-print-color-adjust:exact}.scroll{overflow:visible}}
    """
}
