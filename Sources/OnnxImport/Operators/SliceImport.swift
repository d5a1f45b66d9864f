internal import Networks
internal import Tensors

/// ONNX `Slice`: bounds as attributes before opset 10, as constant inputs from then on.
enum SliceImport: OperatorImport {
  static let name = "Slice"

  static func add(_ node: NodeImport) throws(OnnxError) {
    let x = try node.shape(0)
    guard let starts = try node.integers(attribute: "starts", before: 10, input: 1),
      let ends = try node.integers(attribute: "ends", before: 10, input: 2)
    else {
      throw node.invalid("its bounds are missing")
    }
    let listed = try node.integers(attribute: "axes", before: 10, input: 3) ?? Array(starts.indices)
    let steps =
      node.opset >= 10 && node.has(4) ? try node.integers(4, "steps") : [Int](repeating: 1, count: starts.count)
    guard starts.count == ends.count, starts.count == listed.count, starts.count == steps.count else {
      throw node.invalid("\(starts.count) starts, \(ends.count) ends, \(listed.count) axes and \(steps.count) steps")
    }
    var ranges: [Slice.Range] = []
    for (index, axis) in try node.axes(listed, rank: x.rank).enumerated() {
      guard steps[index] != 0 else { throw node.invalid("a step of zero") }
      let range = range(axis, x[axis], start: starts[index], end: ends[index], step: steps[index])
      // The whole axis, however long it is when the network runs.
      if range.start == 0, range.step == 1, range.count == x[axis] { continue }
      ranges.append(range)
    }
    if ranges.isEmpty { return try node.pass(0, to: 0) }
    try node.arrange(Slice(ranges))
  }

  /// The bounds counted from the end resolved and cut to the axis, as numpy does.
  private static func range(_ axis: Int, _ length: Int, start: Int, end: Int, step: Int) -> Slice.Range {
    let step = min(max(step, -length - 1), length + 1)
    let (first, last) = step > 0 ? (0, length) : (-1, length - 1)
    func bound(_ value: Int) -> Int { min(max(value < 0 ? value + length : value, first), last) }
    let (start, end) = (bound(start), bound(end))
    let distance = step > 0 ? end - start : start - end
    let count = distance > 0 ? (distance - 1) / abs(step) + 1 : 0
    if count == 0 { return Slice.Range(axis: axis, start: 0, count: 0) }
    return Slice.Range(axis: axis, start: start, step: count == 1 ? 1 : step, count: count)
  }
}
