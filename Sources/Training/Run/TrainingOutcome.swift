package import Decisions
package import Images
package import Tensors

/// What a finished job hands over.
package struct TrainingOutcome: Sendable {
  /// The new head. For a tuned network it fits the embeddings of that one; its digest is set when the network gets one.
  package let head: SoftmaxHead
  /// The parameters that changed, by their names in the recognizer's graph; `nil` for scope `head`.
  package let tuned: [String: Tensor]?
  /// What is subtracted from the tuned network's embeddings of length 1, in place of what the recognizer subtracted before;
  /// `nil` leaves that as it is.
  package let center: [Float]?
  /// Embeddings of every template under the tuned network, negatives included, by template id; empty for scope `head`.
  package let embeddings: [Int64: [Float]]
  package let report: TrainingReport
  /// Originals in the first column, draws beside; where it was asked for.
  package let contactSheet: Image?
}
