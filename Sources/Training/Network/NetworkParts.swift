package import FaceModels
package import Networks
package import Tensors

/// A recognizer cut for training: what stays as it is, and what is trained.
package struct NetworkParts: Sendable {
  /// The frozen part, from crops to ``upper``'s input; `nil` when all of the network is trained.
  package let lower: Graph?
  /// The trained part: from there to the embedding, which is its only output.
  package let upper: Graph

  /// Cuts a recognizer for a scope. `tail` begins at ``Graph/lastBlock``: found from the graph alone, so that imported
  /// networks need no description.
  ///
  /// - Throws: `badNetwork` when the network has no embedding, or no place to cut at.
  package init(_ recognizer: RecognizerNetwork, scope: TrainingSettings.Scope) throws(TrainingError) {
    let input: Shape = [1, 3, recognizer.alignment.height, recognizer.alignment.width]
    let whole: Graph
    do {
      let shapes = try recognizer.graph.shapes(inputs: [input])
      let index = recognizer.graph.outputs.firstIndex { value in
        recognizer.embeddingLength == nil || shapes[value]?.count == recognizer.embeddingLength
      }
      guard let index else { throw TrainingError(.badNetwork, "The network gives no embedding.") }
      whole = recognizer.graph.keepingOutput(index)
    } catch let error as GraphError {
      throw TrainingError(.badNetwork, error.message)
    } catch let error as TrainingError {
      throw error
    } catch {
      throw TrainingError(.badNetwork, "The network cannot be cut.")
    }
    guard scope == .tail else {
      (lower, upper) = (nil, whole)
      return
    }
    guard let place = whole.lastBlock else {
      throw TrainingError(.badNetwork, "The network has no last block that could be trained alone; train all of it.")
    }
    let parts = whole.cut(at: place)
    (lower, upper) = (parts.lower, parts.upper)
  }

  /// The parameters of the trained part by name.
  package var upperParameters: [String: Tensor] {
    var result: [String: Tensor] = [:]
    for (value, tensor) in upper.parameters {
      if let name = upper.parameterNames[value] { result[name] = tensor }
    }
    return result
  }
}
