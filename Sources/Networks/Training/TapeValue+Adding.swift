internal import CKernels
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
    guard isDense, other.isDense, isUnique() else { return sum(other, pool, memory: memory) }
    let count = shape.count
    other.withUnsafePixels { b in
      withUnsafeMutablePixels { a in
        let (task, isa) = (UncheckedSendable((a, b)), InstructionSet.current.kernel)
        pool.split(count, work: count, grain: 50_000) { first, last in
          fk_accumulate(isa, task.value.1 + first, task.value.0 + first, last - first)
        }
      }
    }
    return self
  }

  /// The sum of two blocks of one shape, dense.
  func sum(_ other: ChannelsLast, _ pool: WorkPool, memory: TensorMemory?) -> ChannelsLast {
    ChannelsLast(shape, memory: memory) { y in
      guard let y = y.baseAddress, shape.count > 0 else { return }
      var walk = fk_walk()
      fk_walk_add(&walk, pixels, pixelStride, other.pixelStride, channels)
      fk_walk_add(&walk, channels, 1, 1, 1)
      withUnsafePixels { a in
        other.withUnsafePixels { b in
          let task = UncheckedSendable((walk, a, b, y, InstructionSet.current.kernel))
          pool.split(fk_walk_pieces(&walk), work: shape.count, grain: 50_000) { first, last in
            var (walk, a, b, y, isa) = task.value
            fk_binary(isa, FK_ADD, &walk, a, b, y, first, last)
          }
        }
      }
    }
  }
}
