/// Element types of ONNX tensors, by their number in `TensorProto.DataType`.
package enum OnnxElementType: Int, Sendable {
  case float = 1
  case uint8 = 2
  case int8 = 3
  case uint16 = 4
  case int16 = 5
  case int32 = 6
  case int64 = 7
  case string = 8
  case bool = 9
  case float16 = 10
  case double = 11
  case uint32 = 12
  case uint64 = 13
  case bfloat16 = 16

  /// Whether it holds whole numbers (or truth values).
  package var isInteger: Bool {
    switch self {
    case .uint8, .int8, .uint16, .int16, .int32, .int64, .bool, .uint32, .uint64: true
    case .float, .string, .float16, .double, .bfloat16: false
    }
  }
}
