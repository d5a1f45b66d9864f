package import Networks
package import Tensors

/// A recognizer as a network that can still be changed: what training starts from, and what ``NetworkEmbedder`` runs.
package struct RecognizerNetwork: Sendable {
  /// One input, N x 3 x height x width.
  package var graph: Graph
  /// Numbers of an embedding; `nil` takes the graph's first output as it is.
  package var embeddingLength: Int?
  package var preprocessing: NetworkEmbedder.Preprocessing
  package var alignment: Alignment
  package var finish: EmbeddingFinish
  /// Whether it is still to be found out if the network takes several crops at once.
  package var triesBatches: Bool

  package init(
    graph: Graph, embeddingLength: Int?, preprocessing: NetworkEmbedder.Preprocessing, alignment: Alignment,
    finish: EmbeddingFinish = EmbeddingFinish(), triesBatches: Bool = false
  ) {
    self.graph = graph
    self.embeddingLength = embeddingLength
    self.preprocessing = preprocessing
    self.alignment = alignment
    self.finish = finish
    self.triesBatches = triesBatches
  }

  /// The same recognizer with other values for some of its parameters, by name.
  ///
  /// - Throws: ``ModelError`` `invalid` for a name the graph does not have, or another shape than its own.
  package func replacing(_ parameters: [String: Tensor]) throws(ModelError) -> RecognizerNetwork {
    var result = self
    do {
      result.graph = try graph.replacingParameters(parameters)
    } catch {
      throw ModelError(.invalid, error.message)
    }
    return result
  }

  /// The network ready to embed faces.
  ///
  /// - Throws: ``ModelError``, ``GraphError`` when it does not give embeddings.
  package func embedder(precision: Precision = .float32, ranges: ActivationRanges? = nil) throws -> NetworkEmbedder {
    try NetworkEmbedder(
      graph, embeddingLength: embeddingLength, preprocessing: preprocessing, alignment: alignment, finish: finish,
      triesBatches: triesBatches, precision: precision, ranges: ranges)
  }
}
