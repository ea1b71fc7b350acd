import GraphIR
import Testing

@Suite struct TensorConversionTests {
  @Test func everyValueIsKept() throws {
    let bytes = Tensor([3], elements: [UInt8(0), 127, 255])
    #expect(try bytes.converted(to: .float32) == Tensor([3], floats: [0, 127, 255]))
    #expect(try bytes.converted(to: .int32) == Tensor([3], elements: [Int32(0), 127, 255]))
    let truth = Tensor([2], booleans: [true, false])
    #expect(try truth.converted(to: .int64) == Tensor([2], integers: [1, 0]))
    #expect(try Tensor([2], floats: [1, 0]).converted(to: .bool) == truth)
    #expect(bytes.widened == Tensor([3], integers: [0, 127, 255]))
    #expect(bytes.type.byteCount == 3)
  }

  @Test func theFirstValueThatDoesNotFitIsNamed() {
    func failure(_ tensor: Tensor, _ element: ElementType) -> InexactElement? {
      do throws(InexactElement) {
        _ = try tensor.converted(to: element)
        return nil
      } catch {
        return error
      }
    }
    let floats = Tensor([4], floats: [1, -1, 0.5, .nan])
    #expect(failure(floats, .uint8)?.index == 1)
    #expect(failure(floats, .uint8)?.value == "-1.0")
    #expect(failure(floats, .int64)?.value == "0.5")
    #expect(failure(Tensor([1], floats: [.nan]), .int8)?.value == "nan")
    let large = Tensor([2], integers: [1 << 24, 1 << 24 + 1])
    #expect(failure(large, .float32)?.value == "16777217")
    #expect(failure(large, .int32) == nil)
    #expect(failure(large, .bool)?.index == 0)
  }
}
