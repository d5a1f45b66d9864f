package import Tensors

extension Tensor {
  /// Adds the values of `other`, of the same count, in place where this tensor has its memory for itself.
  package mutating func add(_ other: Tensor) {
    other.withUnsafeBuffer { from in
      withUnsafeMutableBuffer { to in
        for i in 0..<Swift.min(to.count, from.count) { to[i] += from[i] }
      }
    }
  }
}

extension TapeValue {
  /// The sum of two gradients by one value; in place where `self` has its memory for itself.
  consuming func adding(_ other: TapeValue, _ pool: WorkPool, memory: TensorMemory?) -> TapeValue {
    switch self {
    case .plain(var sum):
      self = other  // Lets go of the second reference to the memory.
      let other = other.plain(memory: memory)
      sum.add(other)
      return .plain(sum)
    case .channelsLast(let first):
      let second = other.channelsLast(memory: memory)
      self = other
      return .channelsLast(first.adding(second, pool, memory: memory))
    }
  }
}

extension ChannelsLast {
  /// The sum of two blocks of one shape; in place where this one is dense and has its memory for itself.
  consuming func adding(_ other: ChannelsLast, _ pool: WorkPool, memory: TensorMemory?) -> ChannelsLast {
    let shape = shape
    if isDense, other.isDense {
      if isUnique() {
        other.withUnsafePixels { b in withUnsafeMutablePixels { Self.sum($0, b, into: $0, shape.count, pool) } }
        return self
      }
      return ChannelsLast(shape, memory: memory) { y in
        guard let y = y.baseAddress else { return }
        withUnsafePixels { a in other.withUnsafePixels { b in Self.sum(a, b, into: y, shape.count, pool) } }
      }
    }
    let (strideA, strideB) = (pixelStride, other.pixelStride)
    return ChannelsLast(shape, memory: memory) { y in
      withUnsafePixels { a in
        other.withUnsafePixels { b in
          for pixel in 0..<pixels {
            let (a, b) = (a + pixel * strideA, b + pixel * strideB)
            for channel in 0..<channels { y[pixel * channels + channel] = a[channel] + b[channel] }
          }
        }
      }
    }
  }

  /// `y = a + b` in pieces that fit the cache.
  private static func sum(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, _ count: Int,
    _ pool: WorkPool
  ) {
    nonisolated(unsafe) let (a, b, y) = (a, b, y)
    let piece = 1 << 16
    pool.run((count + piece - 1) / piece) { index in
      for i in index * piece..<Swift.min(count, (index + 1) * piece) { y[i] = a[i] + b[i] }
    }
  }
}
