internal import CKernels

/// How the numbers of one value of a plan lie in memory.
enum ValueFormat: Sendable, Hashable {
  case float32
  case bfloat16
  /// A byte q stands for `(q - zero) * scale`.
  case uint8(scale: Float, zero: Int32)

  /// Bytes for numbers in a range, which is widened to have 0 in it: borders are 0 exactly.
  init(bytesFor range: ClosedRange<Float>) {
    let (low, high) = (min(range.lowerBound, 0), max(range.upperBound, 0))
    let scale = (high - low) / 255
    guard scale.isFinite, scale > Float.leastNormalMagnitude * 256 else {
      self = .uint8(scale: 1, zero: 128)
      return
    }
    self = .uint8(scale: scale, zero: Int32(min(max((-low / scale).rounded(), 0), 255)))
  }

  var kernel: fk_format {
    switch self {
    case .float32: FK_FLOAT32
    case .bfloat16: FK_BFLOAT16
    case .uint8: FK_UINT8
    }
  }

  /// Numbers in the place of one float.
  var perFloat: Int {
    switch self {
    case .float32: 1
    case .bfloat16: 2
    case .uint8: 4
    }
  }

  /// The byte that borders are filled with.
  var borderByte: Int32 { quant.zero }

  /// What a byte stands for; nothing in other formats.
  var quant: fk_quant {
    if case .uint8(let scale, let zero) = self {
      fk_quant(scale: scale, zero: zero)
    } else {
      fk_quant(scale: 1, zero: 0)
    }
  }
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
