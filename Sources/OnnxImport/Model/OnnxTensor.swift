package import Tensors

/// A constant of an ONNX file, or one computed while importing.
package struct OnnxTensor: Sendable {
  package let elementType: OnnxElementType
  package let shape: Shape
  private let contents: Contents

  private enum Contents: Sendable {
    case floats(Tensor)
    case integers([Int64])
  }

  /// A constant of float32 values.
  package init(_ tensor: Tensor) {
    elementType = .float
    shape = tensor.shape
    contents = .floats(tensor)
  }

  /// A constant of whole numbers; `values` has `shape.count` elements.
  package init(_ values: [Int64], shape: Shape, elementType: OnnxElementType = .int64) {
    precondition(values.count == shape.count, "[OnnxTensor] \(values.count) values for shape \(shape)")
    self.elementType = elementType
    self.shape = shape
    contents = .integers(values)
  }

  /// The values as float32, whatever numeric type they have.
  package func floats() throws(OnnxError) -> Tensor {
    switch contents {
    case .floats(let tensor): tensor
    case .integers(let values): Tensor(shape: shape, values: values.map { Float($0) })
    }
  }

  /// The values as whole numbers; throws `invalid` for a tensor of floats.
  package func integers() throws(OnnxError) -> [Int64] {
    switch contents {
    case .floats: throw OnnxError(.invalid, "Whole numbers are expected, the tensor holds floats.")
    case .integers(let values): values
    }
  }
}
