internal import CKernels

/// How the numbers of one value of a plan lie in memory.
enum ValueFormat: Sendable, Hashable {
  case float32
  case bfloat16

  var kernel: fk_format {
    switch self {
    case .float32: FK_FLOAT32
    case .bfloat16: FK_BFLOAT16
    }
  }

  /// Numbers in the place of one float.
  var perFloat: Int {
    switch self {
    case .float32: 1
    case .bfloat16: 2
    }
  }

  /// The byte that borders are filled with.
  var borderByte: Int32 { 0 }
}

extension fk_view {
  /// The same view from `channels` channels further on.
  func advanced(by channels: Int, _ format: ValueFormat) -> fk_view {
    guard let data else { return self }
    var result = self
    let bytes = channels * MemoryLayout<Float>.stride / format.perFloat
    result.data = (UnsafeMutableRawPointer(data) + bytes).assumingMemoryBound(to: Float.self)
    return result
  }
}
