import Diagnostics
import Resin
import TestSupport
import Testing

@Suite struct CompilationClockTests {
  @Test func partsOfAPhaseAddUp() throws {
    let clock = CompilationClock()
    #expect(clock.times == CompilationTimes() && clock.times.total == .zero)
    let sum = clock.measure(.reading) { 1 } + clock.measure(.reading) { 2 }
    #expect(sum == 3)
    let once = clock.times[.reading]
    #expect(throws: DiagnosticError.self) {
      try clock.measure(.reading) { throw DiagnosticError("no") }
    }
    #expect(clock.times[.reading] > once, "a phase that fails has taken its time too")
    #expect(clock.times[.linking] == .zero && clock.times.total == clock.times[.reading])
  }

  @Test func textNamesEveryPhase() {
    var times = CompilationTimes()
    times[.code] = .milliseconds(1500)
    times[.packing] = .milliseconds(250)
    #expect(
      times.text == "1.750 s: reading 0.000, passes 0.000, planning 0.000, code 1.500, "
        + "packing 0.250, linking 0.000")
  }

  @Test func everyPhaseOfACompilationIsMeasured() throws {
    let folder = try ScratchFolder()
    let path = try folder.write(
      "m.resin", "model m\ninput x: f32[N, 8, 4, 4]\noutput y = conv2d(x, 8, kernel: 3)\n")
    let clock = CompilationClock()
    let file = try clock.measure(.reading) { try ModelFile(path: path, weights: .random(seed: 1)) }
    let compilation = try Compilation(file, clock: clock)
    #expect(clock.times[.planning] > .zero && clock.times[.code] == .zero)
    _ = try compilation.model()
    for phase in CompilationPhase.allCases { #expect(clock.times[phase] > .zero, "\(phase)") }
  }
}
