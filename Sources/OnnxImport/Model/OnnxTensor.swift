package import Tensors

/// A constant of an ONNX file, or one computed while importing.
package struct OnnxTensor: Sendable {
  package let elementType: OnnxElementType
  package let shape: Shape
  private let contents: Contents

  private enum Contents: Sendable {
    case floats(Tensor)
    case integers([Int64])
    /// As in the file: little-endian elements of `elementType`, without gaps, `shape.count` of them.
    case raw(OnnxBytes)
  }

  /// A constant of float32 values.
  package init(_ tensor: Tensor) {
    self.init(tensor, elementType: .float)
  }

  /// A constant of floating-point values of another type, held as float32.
  package init(_ tensor: Tensor, elementType: OnnxElementType) {
    self.elementType = elementType
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

  /// A constant as it lies in the file; throws `invalid` when `bytes` has not `shape.count` elements.
  init(raw bytes: OnnxBytes, shape: Shape, elementType: OnnxElementType) throws(OnnxError) {
    guard let size = elementType.byteSize else {
      throw OnnxError(.unsupported, "Tensors of strings cannot be read.")
    }
    guard bytes.count == shape.count * size else {
      throw OnnxError(.invalid, "A tensor of \(shape) has \(bytes.count) bytes instead of \(shape.count * size).")
    }
    self.elementType = elementType
    self.shape = shape
    contents = .raw(bytes)
  }

  /// The values as float32, whatever numeric type they have.
  package func floats() throws(OnnxError) -> Tensor {
    guard elementType != .string else {
      throw OnnxError(.unsupported, "Numbers are expected, the tensor holds strings.")
    }
    switch contents {
    case .floats(let tensor): return tensor
    case .integers(let values): return Tensor(shape: shape, values: values.map { Float($0) })
    case .raw(let bytes):
      return Tensor(shape: shape) { destination in
        bytes.withUnsafeBytes { elementType.decode($0, into: destination) }
      }
    }
  }

  /// The values as whole numbers; throws `invalid` for a tensor of floats.
  package func integers() throws(OnnxError) -> [Int64] {
    switch contents {
    case .integers(let values): return values
    case .raw(let bytes) where elementType.isInteger: return bytes.withUnsafeBytes { elementType.decodeIntegers($0) }
    case .floats, .raw: throw OnnxError(.invalid, "Whole numbers are expected, the tensor holds floats.")
    }
  }

  /// The same elements under another shape of the same count.
  package func reshaped(_ shape: Shape) -> OnnxTensor {
    precondition(shape.count == self.shape.count, "[OnnxTensor.reshaped] \(self.shape) to \(shape)")
    return OnnxTensor(elementType: elementType, shape: shape, contents: contents)
  }

  private init(elementType: OnnxElementType, shape: Shape, contents: Contents) {
    self.elementType = elementType
    self.shape = shape
    if case .floats(let tensor) = contents {
      self.contents = .floats(tensor.reshaped(shape))
    } else {
      self.contents = contents
    }
  }
}
