package import Decisions
internal import Glibc

/// Chooses a head's temperature and its bias of `unknown` on faces it was not trained on, so that of all answers given with
/// a probability p the share p is right: the mean cross-entropy is as small as it can be (Platt 1999, Guo et al. 2017).
///
/// The temperature alone cannot do it: the bias was learned with made-up strangers, and a bias too high makes every
/// enrolled person look doubtful at any temperature.
package struct HeadCalibration {
  /// What a face is evidence of. All faces of the enrolled together weigh as much as all strangers. Of these, made-up ones,
  /// harder than people are, have the share ``syntheticShare``; the other kinds share the rest.
  package enum Evidence: Int, CaseIterable, Sendable {
    case enrolled, withoutOwnClass, synthetic, negative
  }

  private struct Face {
    var evidence: Evidence
    /// The class that would be right.
    var label: Int
    /// A class that is taken out; -1 for none.
    var missing: Int
  }

  private let classes: Int
  /// Shape: faces x classes. Before the bias of `unknown` and the temperature.
  private var logits: [Float] = []
  private var faces: [Face] = []
  private var biases = 0.0

  private static let range = 0.05...20.0

  /// With few people, those whose own class is taken out are too easy as strangers, since hardly anybody is left to be like
  /// them; with many they are as strangers are. LFW, dlib-resnet-v1, numpy, mean of eight draws: expected calibration error
  /// over photos of the enrolled and of strangers in equal numbers, with a share of a half, and with this: 3 people of five
  /// photos 0.134 and 0.105, 4 of five 0.152 and 0.086, 5 of five 0.091 and 0.062, 5 of three 0.129 and 0.073, 10 of five 0.029
  /// and 0.020, 30 of five 0.017 and 0.013.
  private var syntheticShare: Double {
    let people = Double(max(1, classes - 1))
    return min(0.5, 2 / (people * people))
  }

  /// - Parameter classes: the head's, `unknown` among them.
  package init(classes: Int) { self.classes = classes }

  /// Adds what a head says of a face. With `withoutOwnClass`, `row` is the class taken out, so that its own face is a
  /// stranger's; else it is the class that would be right.
  package mutating func add(_ head: SoftmaxHead, _ embedding: [Float], row: Int, as evidence: Evidence) {
    guard let seen = head.logProbabilities(of: embedding), seen.count == classes, (0..<classes).contains(row) else {
      return
    }
    logits += seen.map { max(-1e6, $0 * head.temperature) }
    logits[logits.count - 1] -= head.bias[classes - 1]
    let isOut = evidence == .withoutOwnClass
    faces.append(Face(evidence: evidence, label: isOut ? classes - 1 : row, missing: isOut ? row : -1))
    biases += Double(head.bias[classes - 1])
  }

  /// The head with the best temperature and bias; as it is when fewer than four faces of the enrolled, or no strangers, say
  /// anything.
  package func applied(to head: SoftmaxHead) -> SoftmaxHead {
    guard head.bias.count == classes, let best = fit() else { return head }
    var bias = head.bias
    bias[classes - 1] = Float(best.bias)
    let changed = try? SoftmaxHead(
      modelDigest: head.modelDigest, dimension: head.dimension, slots: head.slots, weights: head.weights, bias: bias,
      temperature: Float(1 / best.sharpness))
    return changed ?? head
  }

  /// Newton's method on the cross-entropy, which is convex in 1 / temperature and bias / temperature.
  ///
  /// Few faces that are told apart without error would drive both to infinity: a normal prior around what was trained, as
  /// strong as one face, keeps them.
  func fit() -> (sharpness: Double, bias: Double)? {
    var counts = [Double](repeating: 0, count: Evidence.allCases.count)
    for face in faces { counts[face.evidence.rawValue] += 1 }
    let enrolled = counts[Evidence.enrolled.rawValue]
    let kinds = counts.dropFirst().count { $0 > 0 }
    guard enrolled >= 4, kinds > 0 else { return nil }
    let synthetic = counts[Evidence.synthetic.rawValue] > 0 ? kinds == 1 ? 1 : syntheticShare : 0
    let others = kinds - (synthetic > 0 ? 1 : 0)
    let weights = counts.enumerated().map { kind, count -> Double in
      guard count > 0 else { return 0 }
      switch Evidence(rawValue: kind) {
      case .enrolled: return 0.5 / count
      case .synthetic: return 0.5 * synthetic / count
      default: return 0.5 * (1 - synthetic) / (Double(others) * count)
      }
    }
    let trained = biases / Double(faces.count)
    let prior = 0.5 / enrolled
    var (a, b) = (1.0, trained)
    var current = slopes(a, b, weights, prior, trained)
    for _ in 0..<40 {
      let determinant = current.aa * current.bb - current.ab * current.ab
      guard determinant > 1e-300, current.loss.isFinite else { return nil }
      let da = -(current.bb * current.a - current.ab * current.b) / determinant
      let db = -(current.aa * current.b - current.ab * current.a) / determinant
      var (length, moved) = (1.0, false)
      while length > 1e-4, !moved {
        let (nextA, nextB) = (a + length * da, b + length * db)
        length /= 2
        guard Self.range.contains(nextA) else { continue }
        let next = slopes(nextA, nextB, weights, prior, trained)
        guard next.loss < current.loss else { continue }
        moved = current.loss - next.loss > 1e-10
        (a, b, current) = (nextA, nextB, next)
        break
      }
      guard moved else { break }
    }
    guard a.isFinite, b.isFinite else { return nil }
    return (a, b / a)
  }

  private struct Slopes {
    var (loss, a, b, aa, ab, bb) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
  }

  /// Value, gradient and second derivatives at logits of `a` times ``logits``, plus `b` for `unknown`.
  private func slopes(_ a: Double, _ b: Double, _ weights: [Double], _ prior: Double, _ trained: Double) -> Slopes {
    var sum = Slopes()
    var scaled = [Double](repeating: 0, count: classes)
    for (item, face) in faces.enumerated() {
      let start = item * classes
      var highest = -Double.infinity
      for row in 0..<classes where row != face.missing {
        scaled[row] = a * Double(logits[start + row]) + (row == classes - 1 ? b : 0)
        highest = max(highest, scaled[row])
      }
      var (total, mean, square) = (0.0, 0.0, 0.0)
      for row in 0..<classes where row != face.missing {
        let (share, logit) = (exp(scaled[row] - highest), Double(logits[start + row]))
        total += share
        mean += share * logit
        square += share * logit * logit
      }
      mean /= total
      square /= total
      let unknown = exp(scaled[classes - 1] - highest) / total
      let weight = weights[face.evidence.rawValue]
      let last = Double(logits[start + classes - 1])
      sum.loss += weight * (highest + log(total) - scaled[face.label])
      sum.a += weight * (mean - Double(logits[start + face.label]))
      sum.b += weight * (unknown - (face.label == classes - 1 ? 1 : 0))
      sum.aa += weight * max(0, square - mean * mean)
      sum.ab += weight * unknown * (last - mean)
      sum.bb += weight * unknown * (1 - unknown)
    }
    // The bias is in units of logits, of which several make no great difference.
    let (da, db, biasPrior) = (a - 1, b - trained, prior / 100)
    sum.loss += 0.5 * (prior * da * da + biasPrior * db * db)
    sum.a += prior * da
    sum.b += biasPrior * db
    sum.aa += prior
    sum.bb += biasPrior
    return sum
  }
}

extension HeadCalibration {
  /// Expected calibration error over 15 bins of the highest probability: the mean distance between it and the share of
  /// right answers, weighted by the bins' sizes. `nil` without embeddings that the head can judge.
  ///
  /// - Parameters:
  ///   - embeddings: shape: embeddings x dimension.
  ///   - labels: for each, its index in the head's slots, or `slots.count` for a stranger.
  package static func expectedError(_ head: SoftmaxHead, embeddings: [Float], labels: [Int]) -> Double? {
    guard embeddings.count == labels.count * head.dimension else { return nil }
    let answers = labels.enumerated().compactMap { item, label -> (probability: Double?, isRight: Bool)? in
      let embedding = Array(embeddings[item * head.dimension..<(item + 1) * head.dimension])
      guard let seen = head.logProbabilities(of: embedding), let best = seen.indices.max(by: { seen[$0] < seen[$1] })
      else { return nil }
      return (Double(exp(seen[best])), best == label)
    }
    return DecisionQuality.calibrationError(answers)
  }
}
