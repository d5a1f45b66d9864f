package import FaceModels
package import Networks
internal import Tensors

/// A network with a softmax layer on top, as one graph: from crops, from the values inside the network, or from finished
/// embeddings to logits.
package struct ClassifierGraph: Sendable {
  package let graph: Graph
  /// The layer's parameters in the graph.
  package static let weight = "classifier.weight"
  package static let bias = "classifier.bias"

  /// What the layer starts from, and what it subtracts and multiplies with first: some recognizers crowd all faces into
  /// a narrow cone, in which a layer would learn slowly.
  package struct Layer: Sendable {
    package var mean: [Float]
    package var scale: Float
    /// Shape: classes x dimension.
    package var weights: [Float]
    /// Shape: classes.
    package var bias: [Float]

    package init(mean: [Float], scale: Float, weights: [Float], bias: [Float]) {
      self.mean = mean
      self.scale = scale
      self.weights = weights
      self.bias = bias
    }

    /// The layer whose rows are the means of their classes: a nearest-mean classifier, which training then betters.
    ///
    /// `rows` gives the class of each of `features`, which must not be empty.
    package init(features: [[Float]], rows: [Int], classes: Int, sharpness: Float = 4) {
      let dimension = features.first?.count ?? 0
      let count = Float(max(1, features.count))
      var mean = [Float](repeating: 0, count: dimension)
      for feature in features { for index in mean.indices { mean[index] += feature[index] / count } }
      var square = 0.0
      for feature in features {
        for index in mean.indices { square += Double((feature[index] - mean[index]) * (feature[index] - mean[index])) }
      }
      let scale = Float(1 / max(1e-6, (square / Double(count)).squareRoot()))
      var weights = [Float](repeating: 0, count: classes * dimension)
      var counts = [Float](repeating: 0, count: classes)
      for row in rows { counts[row] += 1 }
      for (feature, row) in zip(features, rows) {
        for index in mean.indices {
          weights[row * dimension + index] += sharpness * (feature[index] - mean[index]) * scale / counts[row]
        }
      }
      self.init(mean: mean, scale: scale, weights: weights, bias: [Float](repeating: 0, count: classes))
    }

    package var dimension: Int { mean.count }
    package var classes: Int { bias.count }

    /// The same layer for embeddings as they are: weights x dimension, and bias.
    package var plain: (weights: [Float], bias: [Float]) {
      var (plainWeights, plainBias) = (weights, bias)
      for row in 0..<classes {
        for index in 0..<dimension {
          let weight = weights[row * dimension + index] * scale
          plainWeights[row * dimension + index] = weight
          plainBias[row] -= weight * mean[index]
        }
      }
      return (plainWeights, plainBias)
    }
  }

  /// The layer on finished embeddings, N x dimension.
  package init(onEmbeddings layer: Layer) {
    var builder = GraphBuilder()
    let input = builder.input()
    let logits = Self.add(layer, to: input, &builder)
    graph = builder.build(outputs: [logits])
  }

  /// The layer on a network or its upper part, whose first output is an embedding that is not finished yet.
  package init(_ layer: Layer, on network: Graph, finish: EmbeddingFinish) throws(TrainingError) {
    guard let output = network.outputs.first else {
      throw TrainingError(.badNetwork, "The network has no output.")
    }
    var builder = GraphBuilder(extending: network)
    var value = builder.apply(Flatten(), [output], name: "classifier.flatten")
    value = builder.apply(L2Normalize(), [value], name: "classifier.normalize")
    if let center = finish.center {
      let shift = builder.parameter("classifier.center", Tensor(shape: [1, center.count], values: center))
      value = builder.apply(Subtract(), [value, shift], name: "classifier.center")
      value = builder.apply(L2Normalize(), [value], name: "classifier.normalize2")
    }
    let logits = Self.add(layer, to: value, &builder)
    graph = builder.build(outputs: [logits])
  }

  private static func add(_ layer: Layer, to value: ValueID, _ builder: inout GraphBuilder) -> ValueID {
    let mean = builder.parameter("classifier.mean", Tensor(shape: [1, layer.dimension], values: layer.mean))
    let weight = builder.parameter(Self.weight, Tensor(shape: [layer.classes, layer.dimension], values: layer.weights))
    let bias = builder.parameter(Self.bias, Tensor(shape: [layer.classes], values: layer.bias))
    var value = builder.apply(Subtract(), [value, mean], name: "classifier.mean")
    value = builder.apply(Scale(factor: layer.scale, channels: layer.dimension), [value], name: "classifier.scale")
    return builder.apply(Linear(), [value, weight, bias], name: "classifier")
  }
}
