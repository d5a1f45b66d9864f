/// The cosines of a group of probes to one block of rows. Shape: probes x rows.
struct BlockOfCosines {
  let firstRow: Int
  let rows: Int
  let values: UnsafeBufferPointer<Float>
}

/// Gathers, per probe and subject, the cosine to the prototype and to the best templates.
struct SubjectScores {
  let probes: Int
  let subjects: Int
  /// Shape: probes x subjects x ``SubjectScore/exemplarCount``, best first; `absent` where there are fewer templates.
  private var exemplars: [Float]
  /// Shape: probes x subjects.
  private var prototypes: [Float]

  /// Below every cosine.
  private static let absent: Float = -2

  init(probes: Int, subjects: Int) {
    self.probes = probes
    self.subjects = subjects
    exemplars = Array(repeating: Self.absent, count: probes * subjects * SubjectScore.exemplarCount)
    prototypes = Array(repeating: Self.absent, count: probes * subjects)
  }

  /// Sorts a block's cosines into the best of each subject; `owners` holds the subject of every row.
  mutating func takeTemplates(_ owners: [Int32], _ block: BlockOfCosines) {
    let kept = SubjectScore.exemplarCount
    exemplars.withUnsafeMutableBufferPointer { exemplars in
      owners.withUnsafeBufferPointer { owners in
        for probe in 0..<probes {
          for row in 0..<block.rows {
            var cosine = block.values[probe * block.rows + row]
            let start = (probe * subjects + Int(owners[block.firstRow + row])) * kept
            for index in start..<start + kept where cosine > exemplars[index] {
              swap(&cosine, &exemplars[index])
            }
          }
        }
      }
    }
  }

  /// Stores a block of cosines to prototypes, whose rows are the subjects.
  mutating func takePrototypes(_ block: BlockOfCosines) {
    for probe in 0..<probes {
      for row in 0..<block.rows {
        prototypes[probe * subjects + block.firstRow + row] = block.values[probe * block.rows + row]
      }
    }
  }

  /// The match score, clamped to [-1, 1].
  func score(_ probe: Int, _ subject: Int) -> Float {
    let start = (probe * subjects + subject) * SubjectScore.exemplarCount
    var sum: Float = 0
    var count: Float = 0
    for index in start..<start + SubjectScore.exemplarCount where exemplars[index] > Self.absent {
      sum += exemplars[index]
      count += 1
    }
    let best = count > 0 ? sum / count : Self.absent
    let weight = SubjectScore.prototypeWeight
    return clamped(weight * prototypes[probe * subjects + subject] + (1 - weight) * best)
  }

  func prototypeScore(_ probe: Int, _ subject: Int) -> Float {
    clamped(prototypes[probe * subjects + subject])
  }

  func bestExemplarScore(_ probe: Int, _ subject: Int) -> Float {
    clamped(exemplars[(probe * subjects + subject) * SubjectScore.exemplarCount])
  }

  private func clamped(_ value: Float) -> Float { min(1, max(-1, value)) }
}
