internal import Glibc

/// Strangers made from the enrolled, so that `unknown` can be learned where the user gave no negatives.
///
/// No real person's vector is in it. Half are mixtures of two samples of different subjects (between the people), half are
/// drawn from the normal distribution of all samples (around the people): mean + Σ gᵢ (sampleᵢ - mean) / √n with normal
/// gᵢ has exactly the samples' mean and covariance. With fewer than three subjects there is no spread of people to go by;
/// strangers then lie three times as far from a subject's mean as its own samples do.
///
/// Measured on LFW with dlib-resnet-v1 (FNIR at FPIR 1 % of the classifier alone; 30 people of five photos, eight draws;
/// 19 other people of two photos; 15 of three): mixtures 8.6, 25.8 and 13.5 %, normal 8.8, 33.3 and 11.1 %, both 8.2, 26.5
/// and 12.8 %; other subjects' samples as strangers (their own class masked) 24.4, 34.7 and 22.0 %.
package struct SyntheticCohort: Sendable {
  /// Shape: samples x dimension, unit rows.
  private let samples: [Float]
  private let labels: [Int]
  private let dimension: Int
  private let subjects: Int
  private let mean: [Float]
  /// Unit means of the subjects. Shape: subjects x dimension.
  private let centers: [Float]

  /// Samples a normal stranger is made of at most: bounds the work.
  private static let mostParts = 128

  /// A cohort from embeddings (L2-normalized rows) and their subjects' indices, from 0.
  init(samples: [Float], labels: [Int], dimension: Int, centers: [Float]) {
    self.samples = samples
    self.labels = labels
    self.dimension = dimension
    self.centers = centers
    subjects = centers.count / max(1, dimension)
    var mean = [Float](repeating: 0, count: dimension)
    for index in samples.indices { mean[index % dimension] += samples[index] }
    let scale = 1 / Float(max(1, labels.count))
    for column in mean.indices { mean[column] *= scale }
    self.mean = mean
  }

  /// Draws strangers. Shape: count x dimension, unit rows.
  func draw(_ count: Int, _ random: inout SeededRandom) -> [Float] {
    guard !labels.isEmpty, dimension > 0 else { return [] }
    var strangers: [Float] = []
    strangers.reserveCapacity(count * dimension)
    for index in 0..<count {
      if subjects < 3 {
        strangers += far(&random)
      } else if index % 2 == 0 {
        strangers += mixture(&random)
      } else {
        strangers += normal(&random)
      }
    }
    return strangers
  }

  private func mixture(_ random: inout SeededRandom) -> [Float] {
    let first = random.index(below: labels.count)
    var second = random.index(below: labels.count)
    for _ in 0..<8 where labels[second] == labels[first] { second = random.index(below: labels.count) }
    let share = Float(random.uniform(0.35, 0.65))
    return unit((0..<dimension).map { share * sample(first, $0) + (1 - share) * sample(second, $0) })
  }

  private func normal(_ random: inout SeededRandom) -> [Float] {
    let parts = min(labels.count, Self.mostParts)
    var values = mean
    let scale = 1 / Float(parts).squareRoot()
    for _ in 0..<parts {
      let row = random.index(below: labels.count)
      let weight = random.bell() * scale
      for column in 0..<dimension { values[column] += weight * (sample(row, column) - mean[column]) }
    }
    return unit(values)
  }

  /// Three times the mean angle between the samples of a subject and its center away from it, in any direction.
  private func far(_ random: inout SeededRandom) -> [Float] {
    let row = random.index(below: labels.count)
    let center = labels[row] * dimension
    var cosine: Float = 0
    for column in 0..<dimension { cosine += sample(row, column) * centers[center + column] }
    let angle = min(Float.pi / 2, max(0.15, 3 * acos(min(1, max(-1, cosine)))))
    var direction = (0..<dimension).map { _ in random.bell() }
    var along: Float = 0
    for column in 0..<dimension { along += direction[column] * centers[center + column] }
    for column in 0..<dimension { direction[column] -= along * centers[center + column] }
    direction = unit(direction)
    return unit((0..<dimension).map { cos(angle) * centers[center + $0] + sin(angle) * direction[$0] })
  }

  private func sample(_ row: Int, _ column: Int) -> Float { samples[row * dimension + column] }

  private func unit(_ values: [Float]) -> [Float] {
    let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return length > 1e-12 ? values.map { $0 / length } : values
  }
}
