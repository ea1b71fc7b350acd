import GraphIR
import Testing

@Test("a tensor knows its type, and keeps its elements under another shape")
func tensor() {
  let tensor = Tensor([2, 3], integers: [1, 2, 3, 4, 5, 6])
  #expect(tensor.type == TensorType([2, 3], element: .int64))
  #expect(tensor.type.description == "i64[2, 3]")
  #expect(tensor.type.byteCount == 48)
  #expect(tensor.reshaped(to: [6]).integers == [1, 2, 3, 4, 5, 6])
  #expect(Tensor([], booleans: [true]).type.byteCount == 1)
}

@Test("row-major strides count elements from the last axis")
func strides() {
  #expect(rowMajorStrides(of: [2, 3, 4]) == [12, 4, 1])
  #expect(rowMajorStrides(of: []) == [])
}

@Test("a range counts what it takes, in either direction")
func ranges() {
  #expect(SliceRange(start: 0, end: 5, step: 2).count == 3)
  #expect(SliceRange(start: 4, end: -1, step: -2).count == 3)
  #expect(SliceRange(start: 4, end: 0, step: -2).count == 2)
  #expect(SliceRange(start: 2, end: 2).count == 0)
}
