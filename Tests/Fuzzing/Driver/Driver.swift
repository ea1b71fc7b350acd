import FuzzTargets

/// Called by libFuzzer's own `main` for every input. `RESIN_FUZZ_TARGET` names the reader;
/// processor time is measured here, because libFuzzer's clock also runs while others have the
/// processor.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let begin = processorTime()
  chosenTarget.read(UnsafeRawBufferPointer(start: start, count: count))
  let seconds = processorTime() - begin
  precondition(seconds < 1, "\(chosenTarget.name) takes \(seconds) s")
  return 0
}
