import Foundation

/// What a thread of its own does, and where its stack was when it began.
private final class Work {
  let body: () -> Void
  var top: UInt = 0

  init(_ body: @escaping () -> Void) { self.body = body }
}

/// The most stack that a run of a model may take of its caller, in bytes; docs/library.md promises it.
public let stackLimit = 4096

/// Bytes of stack that a body takes, found by what it has changed of a painted one.
public func stackBytes(_ body: @escaping () -> Void) -> Int {
  let size = 1 << 18
  let paint: UInt8 = 0xa5
  let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
  defer { munmap(memory, size) }
  memory.initializeMemory(as: UInt8.self, repeating: paint, count: size)
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  pthread_attr_setstack(&attributes, memory, size)
  let work = Work(body)
  var thread = pthread_t()
  let status = pthread_create(
    &thread, &attributes,
    { argument in
      let work = Unmanaged<Work>.fromOpaque(argument!).takeUnretainedValue()
      var mark = 0
      withUnsafeBytes(of: &mark) { work.top = UInt(bitPattern: $0.baseAddress!) }
      work.body()
      return nil
    }, Unmanaged.passUnretained(work).toOpaque())
  precondition(status == 0, "no thread: \(status)")
  pthread_join(thread, nil)
  let lowest = UnsafeRawBufferPointer(start: memory, count: size).firstIndex { $0 != paint } ?? size
  return Int(work.top) - Int(bitPattern: memory) - lowest
}
