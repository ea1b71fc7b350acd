import Foundation
import Planning
import Resin
import TestSupport
import Testing

/// Pages about models.
@Suite struct ReportTests {
  private static let text = """
    model small

    input image: f32[1, 8, 12, 12]
    a = conv2d(image, 16, kernel: 3, padding: 1, bias: true)
    b = conv2d(relu(a), 16, kernel: 3, padding: 1)
    pool = max_pool(relu(add(a, b)), kernel: 2, stride: 2)
    `c<d>&` = conv2d(pool, 16, kernel: 3, padding: 1)
    output logits = linear(flatten(`c<d>&`), 5)
    """

  private static let browser = ["chromium", "chromium-browser", "google-chrome"].first(
    where: hasProgram)

  /// The model with its page in `p.html`.
  private func page(isMeasured: Bool, text: String = Self.text) throws -> (ScratchFolder, String) {
    let folder = try ScratchFolder()
    try folder.write("small.resin", text)
    let model = try ModelFile(path: folder.path("small.resin"), weights: .random(seed: 1))
    try model.writeReport(to: folder.path("p.html"), isMeasured: isMeasured)
    return (folder, String(decoding: try folder.read("p.html"), as: UTF8.self))
  }

  @Test func aPageHasAllPartsAndNeedsNothingElse() throws {
    let (_, page) = try page(isMeasured: true)
    for part in [
      "<meta name=\"viewport\"", "prefers-color-scheme:dark", "id=\"graph\"", "id=\"before\"",
      "id=\"after\"", "id=\"arena\"", "class=\"roof large\"", "class=\"roof small\"",
      "class=\"steps\"", "class=\"sizes\"", "GFLOP/s</text>", "<b>direct", "<dt>6p×2v</dt>",
      "<dt>of the peak</dt>",
    ] {
      #expect(page.contains(part), "\(part)")
    }
    for address in ["http:", "https:", "src=", "@import", "url(http", "<link"] {
      #expect(!page.contains(address), "\(address)")
    }
    #expect(!page.contains("c<d>"))
  }

  /// Every step has a row, and a dot in both sizes of the roofline unless it computes nothing, every buffer its label.
  @Test func stepsAndBuffersAreAllThere() throws {
    let (folder, page) = try page(isMeasured: true)
    let model = try ModelFile(path: folder.path("small.resin"), weights: .random(seed: 1))
    let plan = try Compilation(model).plan
    #expect(page.components(separatedBy: "<tr id=\"step").count == plan.steps.count + 1)
    let computing = plan.stepSummaries.count { $0.operations > 0 }
    #expect(page.components(separatedBy: "data-step=").count == 2 * computing + 1)
    #expect(!plan.buffers.isEmpty)
    for buffer in plan.buffers {
      let name = buffer.name.replacingOccurrences(of: "&", with: "&amp;")
        .replacingOccurrences(of: "<", with: "&lt;").replacingOccurrences(of: ">", with: "&gt;")
      #expect(page.contains(">\(name)</text></g>"), "\(name)")
    }
  }

  /// Without measurements the page says so, and is the same every time.
  @Test func measuringIsOptional() throws {
    let (_, one) = try page(isMeasured: false)
    let (_, two) = try page(isMeasured: false)
    #expect(one == two)
    #expect(one.contains("Nothing was measured") && !one.contains("class=\"roof "))
    #expect(one.contains("<dt>6p×2v</dt>") && !one.contains("<dt>of the peak</dt>"))
    #expect(one.contains("class=\"steps\"") && one.contains("class=\"sizes\""))
  }

  /// Bytes at the side of the memory plan, and the numbers of steps above it, are round.
  @Test func axesHaveRoundNumbers() throws {
    let (_, page) = try page(isMeasured: true)
    let axes = page.matches(
      of: /<text class="axis(?: end| mid)?"[^>]*>(\d[\d.]*)( [kM]?B)?<\/text>/)
    #expect(axes.count { $0.output.2 != nil } >= 3)
    let numbers = axes.filter { $0.output.2 == nil }.compactMap { Double($0.output.1) }
    #expect(numbers.count >= 8)
    for axis in axes {
      let digits = axis.output.1.filter { $0 != "." }.drop { $0 == "0" }
      let significant = String(digits.reversed().drop { $0 == "0" }.reversed())
      #expect(significant.count <= 2, "\(axis.output.0)")
    }
  }

  /// A browser runs the script and shows what it should. `--dump-dom` prints the page afterwards.
  @Test(.enabled(if: browser != nil, "no Chromium here to open the page in"))
  func aBrowserShowsThePage() throws {
    let browser = try #require(Self.browser)
    let (folder, page) = try page(isMeasured: true)
    let probe = """
      <script>
      addEventListener('error', event => document.title = 'error ' + event.message);
      </script>
      """
    let checks = """
      <script>
      const press = text => [...document.querySelectorAll('button')].find(b => b.textContent === text).click();
      press('ms'); press('ms');
      const times = [...document.querySelectorAll('.steps tbody tr')].map(r => +r.cells[3].dataset.value);
      press('as it was read');
      const box = document.querySelector('#before svg').getAttribute('viewBox');
      document.querySelector('#before [data-zoom="1.4"]').click();
      document.querySelector('[data-step]').dispatchEvent(new Event('click'));
      document.title = [
        times.length > 3 && times.every((t, i) => i === 0 || t >= times[i - 1]),
        !document.getElementById('before').hidden && document.getElementById('after').hidden,
        box !== document.querySelector('#before svg').getAttribute('viewBox'),
        document.querySelectorAll('tr.marked').length === 1,
        document.documentElement.scrollWidth <= innerWidth,
      ].join(' ');
      </script>
      """
    try folder.write(
      "q.html",
      page.replacingOccurrences(of: "</head>", with: probe + "</head>")
        .replacingOccurrences(of: "</body>", with: checks + "</body>"))
    let result = try runProgram([
      "timeout", "60", browser, "--headless", "--no-sandbox", "--disable-gpu",
      "--window-size=390,844", "--user-data-dir=\(folder.path("profile"))", "--dump-dom",
      "file://\(folder.path("q.html"))",
    ])
    #expect(
      result.output.contains("<title>true true true true true</title>"),
      "\(result.output.prefix(4000)) \(result.errors.suffix(500))")
  }
}
