import Tensors
import WeightFiles

/// The weights tools/make_inception_fixture.py gives PyTorch, drawn again from their names.
enum SeededWeights {
  /// `count` values in -1..<1: splitmix64 over a counter, keyed by FNV-1a of the name.
  static func uniform(_ name: String, _ count: Int) -> [Float] {
    var key: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { key = (key ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      var state = key
      for i in 0..<count {
        state = state &+ 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        buffer[i] = Float(z >> 40) / Float(1 << 23) - 1
      }
      filled = count
    }
  }

  static func tensor(_ name: String, _ shape: Shape) -> Tensor {
    let drawn = uniform(name, shape.count)
    let isWeight = name.hasSuffix("weight")
    let scale: Float
    let offset: Float
    if name.hasSuffix("running_var") || (isWeight && shape.rank == 1) {
      (scale, offset) = (0.5, 1)
    } else if isWeight {
      let fanIn = shape.dimensions.dropFirst().reduce(1, *)
      (scale, offset) = (Float((3 / Double(fanIn)).squareRoot()), 0)
    } else {
      (scale, offset) = (0.1, 0)
    }
    return Tensor(shape: shape) { result in
      for i in 0..<drawn.count { result[i] = drawn[i] * scale + offset }
    }
  }

  static func stateDict(_ shapes: [String: [Int]]) -> NamedTensors {
    var tensors = NamedTensors()
    for (name, dimensions) in shapes { _ = tensors.insert(tensor(name, Shape(dimensions)), as: name) }
    return tensors
  }
}
