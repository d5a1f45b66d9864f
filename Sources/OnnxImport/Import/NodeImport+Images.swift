internal import Networks
internal import Tensors

/// Signals (N x C x L) as images of one row, so that what works on images works on them too.
extension NodeImport {
  /// Input 0 as N x C x H x W and how many spatial dimensions it really has, 1 or 2.
  func image() throws(OnnxError) -> (value: ValueID, shape: Shape, spatial: Int) {
    let shape = try shape(0)
    guard shape.rank == 4 || shape.rank == 3 else {
      throw unsupported("an input of \(shape); only one or two spatial dimensions are supported")
    }
    guard shape.count > 0 else { throw unsupported("an input without elements (\(shape))") }
    guard shape.rank == 3 else { return (try value(0), shape, 2) }
    let row = try emit(Reshape([0, shape[1], 1, shape[2]]), [value(0)])
    return (row, state.shape(row), 1)
  }

  /// The weights of a convolution (input 1) with two spatial dimensions.
  func kernel(spatial: Int) throws(OnnxError) -> (value: ValueID, shape: Shape) {
    let shape = try shape(1)
    guard shape.rank == spatial + 2, shape.count > 0 else {
      throw invalid("weights of \(shape) do not fit an input of \(try self.shape(0))")
    }
    guard spatial == 1 else { return (try value(1), shape) }
    let flat: Shape = [shape[0], shape[1], 1, shape[2]]
    if let constant = constantIfKnown(1) {
      let key = "\(node.inputs[1]) of one row"
      let value = try state.derivedParameter(key, count: flat.count) { () throws(OnnxError) in
        try constant.floats().reshaped(flat)
      }
      return (value, flat)
    }
    return (try emit(Reshape(flat.dimensions), [value(1)]), flat)
  }

  /// Sets output 0 to an image, or to the signal it stands for; `type` as in ``setOutput(_:_:type:)``.
  func setImage(_ value: ValueID, spatial: Int, type: OnnxElementType = .float) throws(OnnxError) {
    guard spatial == 1 else { return try setOutput(0, value, type: type) }
    let shape = state.shape(value)
    try setOutput(0, try emit(Reshape([0, shape[1], shape[3]]), [value]), type: type)
  }
}
