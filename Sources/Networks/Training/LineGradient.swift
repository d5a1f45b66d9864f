internal import Tensors

/// The gradient by x of an operation on lines along an axis: `body` gets where a line begins and the values of x, y, dy
/// and dx, and sets the line of dx.
@inline(__always)
func lineGradient(
  _ span: AxisSpan, _ x: Tensor, _ y: Tensor, _ dy: Tensor,
  _ body: (
    _ start: Int, _ x: UnsafeBufferPointer<Float>, _ y: UnsafeBufferPointer<Float>, _ dy: UnsafeBufferPointer<Float>,
    _ dx: UnsafeMutableBufferPointer<Float>
  ) -> Void
) -> Tensor {
  Tensor(shape: x.shape) { dx in
    x.withUnsafeBuffer { x in
      y.withUnsafeBuffer { y in
        dy.withUnsafeBuffer { dy in span.forEachLine { body($0, x, y, dy, dx) } }
      }
    }
  }
}
