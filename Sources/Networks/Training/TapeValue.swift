package import Tensors

/// A value on the tape, in the form in which it was made.
package enum TapeValue: Sendable {
  /// Row-major in the order of the graph: NCHW where it has four dimensions.
  case plain(Tensor)
  case channelsLast(ChannelsLast)

  /// The shape as the graph states it.
  package var shape: Shape {
    switch self {
    case .plain(let tensor): tensor.shape
    case .channelsLast(let block): block.shape
    }
  }

  /// The values in plain order; converted where they lie channels-last.
  package func plain(memory: TensorMemory?) -> Tensor {
    switch self {
    case .plain(let tensor): tensor
    case .channelsLast(let block): block.plain(memory: memory)
    }
  }

  /// The values channels-last, converted where they are plain; of four dimensions only.
  package func channelsLast(memory: TensorMemory?) -> ChannelsLast {
    switch self {
    case .plain(let tensor): ChannelsLast(tensor, memory: memory)
    case .channelsLast(let block): block
    }
  }
}
