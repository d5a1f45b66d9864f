import Foundation
import Testing

@testable import GalleryStore

/// Whatever is read first, by whichever kernels and however many threads: the answer is that of the definition.
@Suite("The first pass of a search")
struct FirstPassTests {
  static let sets = GalleryKernels.InstructionSet.allCases.filter(\.isSupported)

  /// Lanes that are threads of their own.
  static let threads = SearchThreads(lanes: 3) { count, body in inParallel(count, body) }

  static func settings(_ form: IndexForm, _ set: GalleryKernels.InstructionSet, parallel: Bool) -> SearchSettings {
    var settings = SearchSettings(form: form, threads: parallel ? threads : .serial)
    settings.instructionSet = set
    return settings
  }

  /// Scores of the plain way in double precision: half the prototype, half the mean of the best two.
  private func plainScores(_ index: GalleryIndex, _ probe: [Float]) -> [(subject: String, score: Double)] {
    let length = probe.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    func cosine(_ row: UnsafeBufferPointer<Float>) -> Double {
      zip(row, probe).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } / length
    }
    return index.subjects.indices.map { position in
      let subject = index.subjects[position]
      let best = subject.rows.map { index.templates.withRow(Int($0), cosine) }.sorted(by: >).prefix(2)
      let score = 0.5 * index.withPrototype(position, cosine) + 0.5 * best.reduce(0, +) / Double(best.count)
      return (subject.id, min(1, max(-1, score)))
    }.sorted { ($0.score, $1.subject) > ($1.score, $0.subject) }
  }

  private func people(_ count: Int, _ dimension: Int, seed: UInt64, templates: Int) -> [MemorySubject] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { number in
      let center = random.direction(dimension)
      let embeddings = (0..<Int.random(in: 1...templates, using: &random)).map { _ in
        random.direction(near: center, spread: 0.9)
      }
      return MemorySubject(number: Int64(number), id: "s\(number)", embeddings: embeddings)
    }
  }

  @Test(arguments: sets, [(1, 1, 1), (5, 3, 2), (63, 7, 1), (65, 16, 3), (130, 33, 4), (700, 129, 2), (300, 512, 3)])
  func theAnswerIsThatOfTheDefinition(
    _ set: GalleryKernels.InstructionSet, _ shape: (subjects: Int, dimension: Int, templates: Int)
  ) throws {
    let subjects = people(shape.subjects, shape.dimension, seed: 5, templates: shape.templates)
    var random = SeededGenerator(seed: 6)
    for probes in [1, 2, 3, 5, 8, 65] {
      let probe = (0..<probes).map { _ in random.direction(shape.dimension) }
      var answers: [[[GalleryCandidate]]] = []
      for form in [IndexForm.exact, .compressed] {
        for parallel in [false, true] {
          let index = GalleryIndex(
            model: model(shape.dimension), subjects: subjects,
            settings: Self.settings(form, set, parallel: parallel))
          #expect((index.compressed != nil) == (form == .compressed))
          answers.append(try index.search(probes: probe.flatMap { $0 }, topK: 7))
          guard answers.count == 1 else { continue }
          for (one, found) in zip(probe, answers[0]) {
            let wanted = plainScores(index, one).prefix(7)
            #expect(found.count == wanted.count)
            for (candidate, wanted) in zip(found, wanted) {
              #expect(abs(Double(candidate.score) - wanted.score) < 2e-6)
            }
            // The order may differ only where the definition's scores are as good as equal.
            for (place, candidate) in found.enumerated() where candidate.subject != Array(wanted)[place].subject {
              let plain = plainScores(index, one).first { $0.subject == candidate.subject }?.score ?? -2
              #expect(abs(plain - Array(wanted)[place].score) < 2e-6)
            }
          }
        }
      }
      // To the bit, whatever was read first and by however many.
      for answer in answers.dropFirst() { #expect(answer == answers[0]) }
    }
  }

  /// Rows so close to each other that bytes cannot tell them apart, many of them equal.
  @Test(arguments: sets) func nearTiesAreToldApart(_ set: GalleryKernels.InstructionSet) throws {
    for dimension in [5, 130] {
      var random = SeededGenerator(seed: UInt64(dimension))
      let center = random.direction(dimension)
      var subjects: [MemorySubject] = []
      for number in 0..<900 {
        var embedding = center
        // A third are the same to the bit; the others differ by a few units in the last places.
        if number % 3 != 0 {
          let place = Int.random(in: 0..<dimension, using: &random)
          embedding[place] += Float(Int.random(in: -3...3, using: &random)) * 1e-6
        }
        subjects.append(MemorySubject(number: Int64(number), id: "s\(number)", embeddings: [embedding]))
      }
      // Opposite and orthogonal ones among them, and some that are nearly all in one number.
      for number in 900..<930 {
        let embedding =
          number % 2 == 0 ? center.map { -$0 } : center.indices.map { Float($0 == number % dimension ? 1 : 1e-9) }
        subjects.append(MemorySubject(number: Int64(number), id: "s\(number)", embeddings: [embedding]))
      }
      for probe in [
        center, center.map { -$0 }, random.direction(near: center, spread: 0.01), random.direction(dimension),
      ] {
        for topK in [1, 10, 301] {
          var answers: [[GalleryCandidate]] = []
          for (form, parallel) in [(IndexForm.exact, false), (.exact, true), (.compressed, false), (.compressed, true)]
          {
            let index = GalleryIndex(
              model: model(dimension), subjects: subjects, settings: Self.settings(form, set, parallel: parallel))
            answers.append(try index.search(probes: probe, topK: topK)[0])
            // Every score, not only those that were chosen: none that was left out is better.
            guard answers.count == 1 else { continue }
            var one = probe
            _ = one.withUnsafeMutableBufferPointer { EmbeddingCoding.normalize($0) }
            let all = index.subjects.indices.map { position in
              one.withUnsafeBufferPointer { one in
                (index.subjects[position].id, one.baseAddress.map { index.score(of: $0, position).score } ?? -2)
              }
            }.sorted { ($0.1, $1.0) > ($1.1, $0.0) }
            #expect(answers[0].map(\.subject) == all.prefix(topK).map(\.0))
          }
          for answer in answers.dropFirst() { #expect(answer == answers[0]) }
        }
      }
    }
  }

  /// What a search relies on: no bound is below the true cosine.
  @Test(arguments: sets) func boundsAreBounds(_ set: GalleryKernels.InstructionSet) throws {
    for dimension in [1, 2, 7, 63, 64, 65, 128, 200, 512] {
      var random = SeededGenerator(seed: UInt64(dimension))
      let kernels = GalleryKernels(dimension: dimension, instructionSet: set)
      var rows = RowBlocks(dimension: dimension)
      for row in 0..<133 {
        let values =
          row % 4 == 0
          ? (0..<dimension).map { Float($0 == row % dimension ? 1 : 0.003) } : random.direction(dimension)
        _ = rows.append { to in
          _ = to.update(fromContentsOf: values)
          return EmbeddingCoding.normalize(to)
        }
      }
      var compressed = CompressedRows(for: rows)
      compressed.append(from: rows, kernels, .serial)
      #expect(compressed.count == 133)
      let count = 5
      var probes = (0..<count).flatMap { _ in random.direction(dimension) }
      // One of the rows themselves, where the bound is tightest.
      rows.withRow(3) { probes.replaceSubrange(0..<dimension, with: $0) }
      let packed = probes.withUnsafeBufferPointer { CompressedProbes($0.baseAddress!, count: count, kernels) }
      var out = [Float](repeating: 0, count: count * 133)
      out.withUnsafeMutableBufferPointer { out in
        compressed.bytes.withRows(0..<133) { bytes in
          compressed.steps.withRows(0..<133) { steps in
            compressed.residuals.withRows(0..<133) { residuals in
              kernels.bounds(
                bytes.baseAddress!, steps: steps.baseAddress!, residuals: residuals.baseAddress!, count: 133, packed,
                into: out.baseAddress!, stride: 133)
            }
          }
        }
      }
      for probe in 0..<count {
        for row in 0..<133 {
          let cosine = rows.withRow(row) { values in
            values.indices.reduce(0.0) { $0 + Double(values[$1]) * Double(probes[probe * dimension + $1]) }
          }
          let bound = Double(out[probe * 133 + row])
          #expect(bound >= cosine)
          // And not so far above that everything would be looked at, unless one number makes up the whole row.
          if dimension > 7, row % 4 != 0 { #expect(bound - cosine < 0.06) }
        }
      }
    }
  }

  @Test(arguments: sets) func aGrownIndexFindsWhatALoadedOneFinds(_ set: GalleryKernels.InstructionSet) throws {
    let folder = try TemporaryFolder()
    let settings = Self.settings(.compressed, set, parallel: true)
    let gallery = try SQLiteGallery(path: folder.gallery, searching: settings)
    let plain = try SQLiteGallery(path: folder.gallery, searching: Self.settings(.exact, set, parallel: false))
    var random = SeededGenerator(seed: 31)
    for step in 0..<120 {
      let subject = "s\(Int.random(in: 0..<25, using: &random))"
      if step % 17 == 16 {
        _ = try? gallery.remove(subject)
      } else {
        try gallery.enroll(
          subject, (0..<Int.random(in: 1...3, using: &random)).map { _ in random.direction(24) }, model: model(24))
      }
      let probes = (0..<3).flatMap { _ in random.direction(24) }
      let found = try gallery.search(probes: probes, topK: 6, model: model(24)).candidates
      #expect(found == (try plain.search(probes: probes, topK: 6, model: model(24)).candidates), "step \(step)")
    }
  }

  @Test func rowsAreSharedByVersionsAndChangedByOne() {
    var first = Rows<Float>(dimension: 2, rowsPerBlock: 64)
    for row in 0..<100 { _ = first.append { $0.update(fromContentsOf: [Float(row), 1]) == $0.endIndex } }
    var second = first
    var third = first
    _ = second.append { $0.update(fromContentsOf: [-2, -2]) == $0.endIndex }
    _ = third.append { $0.update(fromContentsOf: [-3, -3]) == $0.endIndex }
    second.set(70, to: [9, 9])
    first.set(1, to: [8, 8])
    #expect((first.count, second.count, third.count) == (100, 101, 101))
    #expect(second.withRow(100) { Array($0) } == [-2, -2])
    #expect(third.withRow(100) { Array($0) } == [-3, -3])
    #expect(third.withRow(70) { Array($0) } == [70, 1])
    #expect(first.withRow(70) { Array($0) } == [70, 1])
    #expect(second.withRow(1) { Array($0) } == [1, 1])
    #expect(first.withRow(1) { Array($0) } == [8, 8])
    #expect((0..<100).allSatisfy { row in row == 70 || row == 1 || second.withRow(row) { $0[0] } == Float(row) })
  }
}
