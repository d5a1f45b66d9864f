internal import Networks
internal import Tensors

/// What a name of the ONNX graph stands for while it is imported for known input shapes.
enum ImportedValue: Sendable {
  /// Known now: an initializer, or computed from constants and shapes.
  case constant(OnnxTensor)
  /// Produced when the network runs. Whatever its ONNX type, the engine computes it in float32.
  case computed(ValueID, Shape, OnnxElementType)

  var shape: Shape {
    switch self {
    case .constant(let tensor): tensor.shape
    case .computed(_, let shape, _): shape
    }
  }

  var elementType: OnnxElementType {
    switch self {
    case .constant(let tensor): tensor.elementType
    case .computed(_, _, let type): type
    }
  }
}
