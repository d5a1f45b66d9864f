package import Tensors

/// Where along an axis the largest or the smallest value lies; of equal ones the first, or the last.
///
/// Input: any shape with that axis, not empty there. Output: 1 in its place, or without it; whole numbers.
/// Reference: ONNX `ArgMax` and `ArgMin`.
package struct ArgExtremum: Operation {
  package static let name = "ArgMax"
  package var largest: Bool
  package var axis: Int
  package var keepsDimensions: Bool
  package var takesLast: Bool

  package init(largest: Bool, axis: Int, keepsDimensions: Bool = true, takesLast: Bool = false) {
    self.largest = largest
    self.axis = axis
    self.keepsDimensions = keepsDimensions
    self.takesLast = takesLast
  }

  package func outputShapes(_ inputs: [Shape]) throws(GraphError) -> [Shape] {
    try requireInputs(inputs, 1...1)
    guard axis >= 0, axis < inputs[0].rank, inputs[0][axis] > 0 else {
      throw GraphError(.badShape, "[ArgMax] axis \(axis) does not exist in \(inputs[0]) or is empty.")
    }
    var dimensions = inputs[0].dimensions
    if keepsDimensions { dimensions[axis] = 1 } else { dimensions.remove(at: axis) }
    return [Shape(dimensions)]
  }

  package func forward(_ inputs: [Tensor]) throws(GraphError) -> [Tensor] {
    let x = inputs[0]
    let span = AxisSpan(x.shape, axis: axis)
    return [
      Tensor(shape: try outputShapes([x.shape])[0]) { y in
        x.withUnsafeBuffer { x in
          var to = 0
          span.forEachLine { start in
            var (best, place) = (x[start], 0)
            for i in 1..<max(span.length, 1) {
              let value = x[start + i * span.inner]
              if (largest ? value > best : value < best) || (takesLast && value == best) { (best, place) = (value, i) }
            }
            y[to] = Float(place)
            to += 1
          }
        }
      }
    ]
  }
}
