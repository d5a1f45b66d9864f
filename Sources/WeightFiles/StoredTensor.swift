import Tensors

/// A tensor as a file describes it: a view of a run of stored elements.
struct StoredTensor {
  let type: ElementType
  /// Elements before the first one of the view.
  let offset: Int
  /// Dimensions, outermost first.
  let dimensions: [Int]
  /// Elements between neighbors along each dimension; `nil` for row-major order without gaps.
  let strides: [Int]?

  /// Unpacks the view from `storage`, the bytes of the run it belongs to, and adds it to `tensors`.
  ///
  /// Every element the strides can reach is checked to lie inside the storage before anything is allocated.
  func unpack(
    _ bytes: [UInt8], storage: Range<Int>, as name: String, budget: inout TensorBudget, into tensors: inout NamedTensors
  ) throws(WeightFileError) {
    let shape = try budget.take(dimensions, bytesEach: type.isFloat ? 4 : 8, for: name)
    let stated = strides ?? Self.rowMajor(shape)
    let capacity = storage.count / type.size
    guard stated.count == shape.rank, reaches(shape, stated, within: capacity) else {
      throw WeightFileError(
        .badStructure, "Tensor \(quoted(name)) of shape \(shape) reaches outside its storage of \(capacity) elements.")
    }
    // A dimension of 1 never moves, so its stride says nothing and may be anything.
    let strides = zip(shape.dimensions, stated).map { dimension, stride in dimension == 1 ? 0 : stride }
    let isNew = bytes.withUnsafeBytes { all -> Bool in
      let run = UnsafeRawBufferPointer(rebasing: all[storage])
      if type.isFloat {
        return tensors.insert(floats(run, shape, strides), as: name)
      }
      var values: [Int64] = []
      values.reserveCapacity(shape.count)
      visit(shape, strides) { values.append(type.integer(run, $0 * type.size)) }
      return tensors.insert(NamedTensors.Integers(shape: shape, values: values), as: name)
    }
    guard isNew else { throw WeightFileError(.badStructure, "Two tensors are called \(quoted(name)).") }
  }

  private func floats(_ run: UnsafeRawBufferPointer, _ shape: Shape, _ strides: [Int]) -> Tensor {
    Tensor(shape: shape) { destination in
      guard shape.count > 0 else { return }
      #if _endian(little)
        if type == .float32, strides == Self.rowMajor(shape) {
          let start = offset * type.size
          UnsafeMutableRawBufferPointer(destination).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: run[start..<(start + shape.count * type.size)]))
          return
        }
      #endif
      var index = 0
      visit(shape, strides) { element in
        destination.initializeElement(at: index, to: type.float(run, element * type.size))
        index += 1
      }
    }
  }

  /// Whether the last element reached lies before `capacity`; offsets and strides must be zero or more.
  private func reaches(_ shape: Shape, _ strides: [Int], within capacity: Int) -> Bool {
    guard offset >= 0, strides.allSatisfy({ $0 >= 0 }) else { return false }
    guard shape.count > 0 else { return true }
    var last = offset
    for (dimension, stride) in zip(shape.dimensions, strides) {
      let (span, tooWide) = stride.multipliedReportingOverflow(by: dimension - 1)
      let (next, tooFar) = last.addingReportingOverflow(span)
      guard !tooWide, !tooFar else { return false }
      last = next
    }
    return last < capacity
  }

  /// Passes the storage index of each element to `body`, in row-major order of `shape`.
  private func visit(_ shape: Shape, _ strides: [Int], _ body: (Int) -> Void) {
    guard shape.count > 0 else { return }
    var index = [Int](repeating: 0, count: shape.rank)
    var element = offset
    while true {
      body(element)
      var axis = shape.rank - 1
      while axis >= 0 {
        index[axis] += 1
        element += strides[axis]
        if index[axis] < shape[axis] { break }
        element -= strides[axis] * shape[axis]
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }

  /// Strides of row-major order without gaps; 0 where the dimension is 0 or 1.
  private static func rowMajor(_ shape: Shape) -> [Int] {
    var strides = [Int](repeating: 0, count: shape.rank)
    guard shape.count > 0 else { return strides }
    var step = 1
    for axis in strides.indices.reversed() where shape[axis] > 1 {
      strides[axis] = step
      step *= shape[axis]
    }
    return strides
  }
}
