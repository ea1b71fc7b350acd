import Artifacts
import Diagnostics
import Drawing
import Foundation
import GraphIR
import Planning

extension Report {
  /// The page. Its policy forbids it to load anything.
  var page: String {
    let name = escaped(plan.interface.name)
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta http-equiv="Content-Security-Policy" \
      content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
      <title>\(name) – Resin</title>
      <style>
      \(Self.style)
      \(GraphDrawing.style)
      </style>
      </head>
      <body>
      <header><h1>\(name)</h1><p>\(summary)</p></header>
      <ul class="tiles">\(tiles)</ul>
      <nav><a href="#graph">graph</a> <a href="#memory">memory</a> <a href="#roofline">roofline</a> \
      <a href="#steps">steps</a> <a href="#size">library</a> <a href="#words">words</a></nav>
      <section id="graph"><h2>Graph</h2>
      <p class="tabs"><button type="button" data-show="after" aria-pressed="true">after the \
      passes</button> <button type="button" data-show="before" aria-pressed="false">as it was \
      read</button></p>
      \(graph("after", compilation.optimised, isHidden: false))
      \(graph("before", compilation.source.graph, isHidden: true))
      </section>
      <section id="memory"><h2>Memory</h2>
      <p>\(memorySummary)</p>
      \(memoryPicture)
      </section>
      <section id="roofline"><h2>Roofline</h2>
      \(rooflineSection)
      </section>
      <section id="steps"><h2>Steps</h2>
      <p>In the order in which they run. A heading sorts by its column.</p>
      \(stepTable)
      </section>
      <section id="size"><h2>Library</h2>
      \(sizeSection)
      </section>
      <section id="words"><h2>Words</h2>
      <dl>
      \(wordList)
      </dl>
      </section>
      <script>
      \(Self.script)
      </script>
      </body>
      </html>

      """
  }

  /// A picture in a window that can be zoomed and moved.
  static func view(_ id: String, _ svg: String, isHidden: Bool = false) -> String {
    """
    <div class="view" id="\(id)"\(isHidden ? " hidden" : "")>
    <p class="zoom"><button type="button" data-zoom="1.4" title="larger" aria-label="larger">+</button>\
    <button type="button" data-zoom="0.714" title="smaller" aria-label="smaller">−</button>\
    <button type="button" data-zoom="0" title="all of it" aria-label="all of it">⤢</button></p>
    \(svg)</div>
    """
  }

  private func graph(_ id: String, _ graph: Graph, isHidden: Bool) -> String {
    do throws(TooLargeToDraw) {
      let drawing = try GraphDrawing(graph)
      return Self.view(
        id,
        """
        <svg class="graph" data-width="\(drawing.width)" data-height="\(drawing.height)" \
        viewBox="0 0 \(drawing.width) \(drawing.height)">
        \(drawing.elements)</svg>
        """, isHidden: isHidden)
    } catch {
      return "<p id=\"\(id)\"\(isHidden ? " hidden" : "")>The graph is too large to draw.</p>"
    }
  }

  private var summary: String {
    let threads = compilation.options.threads
    let batch = plan.interface.batch ?? 1
    let format = compilation.options.weightsFormat
    return "batch \(batch), \(quantity(threads, "thread")), "
      + "\(plan.machine.name), Resin \(resinVersion)"
      + (format == .float32 ? "" : ", \(format.rawValue) weights")
  }

  private var tiles: String {
    var values: [(String, String)] = []
    if let benchmark {
      values.append(
        (String(format: "%.3f ms", benchmark.times.median.seconds * 1e3), "a run, median"))
      values.append(
        (String(format: "%.0f %%", 100 * benchmark.rate / max(benchmark.peak, 1)), "of the peak"))
    }
    values += [
      (String(format: "%.3f", Double(plan.flops) / 1e9), "GFLOP"),
      ("\(plan.steps.count)", "steps"), ("\(plan.distinctKernels.count)", "kernels"),
      (printedBytes(plan.weightBytes), "packed weights"),
      (printedBytes(plan.arenaBytes), "workspace"),
    ]
    return values.map { "<li\(ReportWord.tip($0.1))><b>\($0.0)</b> \($0.1)</li>" }.joined()
  }

  private var sizeSection: String {
    switch size {
    case .failure(let error): return "<p>There is no library: \(escaped("\(error)")).</p>"
    case .success(let size):
      let parts = LibrarySize.Part.allCases.map { ($0.rawValue, size[$0]) }.filter { $0.1 > 0 }
      let bar = parts.enumerated().map { index, part in
        "<i class=\"c\(index)\" style=\"flex-grow:\(part.1)\" title=\"\(part.0)\"></i>"
      }
      let rows = parts.enumerated().map { index, part in
        let share = String(format: "%.1f %%", 100 * Double(part.1) / Double(max(size.total, 1)))
        return "<tr><td><i class=\"c\(index)\"></i> \(part.0)</td><td>\(printedBytes(part.1))</td>"
          + "<td>\(share)</td></tr>"
      }
      return """
        <div class="bar">\(bar.joined())</div>
        <table class="sizes"><tbody>
        \(rows.joined(separator: "\n"))
        <tr><th>total</th><th>\(printedBytes(size.total))</th><th></th></tr>
        </tbody></table>
        """
    }
  }
}

/// Bytes in the unit that suits them.
func printedBytes(_ bytes: Int) -> String {
  switch bytes {
  case ..<1000: "\(bytes) B"
  case ..<1_000_000: String(format: "%.1f kB", Double(bytes) / 1e3)
  default: String(format: "%.2f MB", Double(bytes) / 1e6)
  }
}
