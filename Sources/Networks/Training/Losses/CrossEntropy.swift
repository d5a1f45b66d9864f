internal import Glibc
package import Tensors

/// The cross-entropy of logits with classes: the mean over a batch of `-log softmax(logits)[label]`.
///
/// With label smoothing s the target is `1 - s` at the label plus `s / K` everywhere. Reference: PyTorch
/// `CrossEntropyLoss(label_smoothing:)`, Szegedy et al. 2016. Sums are taken in double precision.
package struct CrossEntropy: Sendable, Hashable {
  /// From 0 up to and without 1.
  package var labelSmoothing: Float

  /// What a batch gave.
  package struct Result: Sendable {
    package var loss: Double
    /// The gradient of the loss by the logits, N x K.
    package var gradient: Tensor
    /// How many labels had the largest logit.
    package var correct: Int
  }

  package init(labelSmoothing: Float = 0) {
    self.labelSmoothing = labelSmoothing
  }

  /// The loss of `logits`, N x K, where row `i` belongs to class `labels[i]`.
  ///
  /// Throws `badShape` when there is not one label a row, each 0 ..< K, or when there is no row.
  package func evaluate(_ logits: Tensor, labels: [Int]) throws(GraphError) -> Result {
    guard logits.shape.rank == 2, logits.shape[0] == labels.count, !labels.isEmpty,
      labels.allSatisfy({ (0..<logits.shape[1]).contains($0) })
    else {
      throw GraphError(.badShape, "[CrossEntropy] \(labels.count) labels do not fit logits of \(logits.shape).")
    }
    let (rows, classes) = (logits.shape[0], logits.shape[1])
    let smoothing = Double(labelSmoothing)
    var (loss, correct) = (0.0, 0)
    let gradient = Tensor(shape: logits.shape) { gradient in
      logits.withUnsafeBuffer { x in
        for (row, label) in labels.enumerated() {
          let start = row * classes
          var best = 0
          for i in 1..<max(classes, 1) where x[start + i] > x[start + best] { best = i }
          if best == label { correct += 1 }
          let largest = Double(x[start + best])
          var (sum, total) = (0.0, 0.0)
          for i in 0..<classes {
            sum += exp(Double(x[start + i]) - largest)
            total += Double(x[start + i]) - largest
          }
          let logSum = log(sum)
          let own = logSum - (Double(x[start + label]) - largest)
          let everywhere = logSum - total / Double(classes)
          loss += (1 - smoothing) * own + smoothing * everywhere
          for i in 0..<classes {
            let target = smoothing / Double(classes) + (i == label ? 1 - smoothing : 0)
            let probability = exp(Double(x[start + i]) - largest - logSum)
            gradient[start + i] = Float((probability - target) / Double(rows))
          }
        }
      }
    }
    return Result(loss: loss / Double(rows), gradient: gradient, correct: correct)
  }
}
