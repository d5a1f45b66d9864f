import Foundation
import Protocol
import TestSupport
import Testing

extension EndToEnd {
  /// How right the default models are, through the protocol, on photos of Labeled Faces in the Wild.
  @Suite(.enabled(if: Installation.hasShared, Installation.noShared), .timeLimit(.minutes(6)))
  struct AccuracyTests {
    private static let batch = 20

    /// Sends the files in requests of many images, four in flight, and returns each file's answer.
    private static func answers<C: Command>(
      _ worker: WorkerProcess, _ command: C.Type, _ params: JSONValue? = nil, paths: [String]
    ) throws -> [ImageEvent] {
      let batches = stride(from: 0, to: paths.count, by: batch).map { Array(paths[$0..<min($0 + batch, paths.count)]) }
      let first: UInt64 = 1_000_000
      var answers: [ImageEvent] = []
      for index in 0..<(batches.count + 3) {
        if index < batches.count {
          // A batch of one would be answered without an event.
          try worker.host.send(
            first + UInt64(index), command, params,
            paths: batches[index] + (batches[index].count == 1 ? batches[index] : []))
        }
        guard index >= 3 else { continue }
        let id = first + UInt64(index - 3)
        _ = try worker.host.reply(id, command)
        answers += try worker.host.imageEvents(id).prefix(batches[index - 3].count)
      }
      return answers
    }

    /// The face whose middle is nearest to the middle of the image, which is whom the photo is of.
    private static func central(_ answer: ImageEvent) -> Face? {
      guard let image = answer.image else { return nil }
      func distance(_ face: Face) -> Float {
        let (x, y) = (face.box.x + face.box.width / 2, face.box.y + face.box.height / 2)
        return hypotf(x - Float(image.width) / 2, y - Float(image.height) / 2)
      }
      return answer.faces?.min { distance($0) < distance($1) }
    }

    /// The 1,000 pairs of the development list: accuracy at the threshold that fits them best.
    @Test func pairs() throws {
      let root = Installation.shared + "/data/lfw-dev"
      let pairs = try String(contentsOfFile: root + "/pairs.txt", encoding: .utf8).split(separator: "\n").compactMap {
        Self.pair($0.split(separator: "\t").map(String.init), root)
      }
      #expect(pairs.count == 1_000)
      let paths = Set(pairs.flatMap { [$0.a, $0.b] }).sorted()
      let worker = try WorkerProcess(["--allow-path", root])
      let start = ContinuousClock.now
      let answers = try Self.answers(worker, Embed.self, paths: paths)
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      #expect(try worker.finish() == .exit(0))
      #expect(answers.count == paths.count && answers.allSatisfy { $0.error == nil }, "every image is answered")
      let embeddings = Dictionary(uniqueKeysWithValues: zip(paths, answers.map { Self.central($0)?.embedding }))
      let missing = paths.filter { embeddings[$0] == .some(nil) }
      let scored = pairs.map { pair -> (score: Float, isSame: Bool) in
        guard let a = embeddings[pair.a] ?? nil, let b = embeddings[pair.b] ?? nil else { return (-1, pair.isSame) }
        return (zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }, pair.isSame)
      }.sorted { $0.score > $1.score }
      // Every place to cut: what lies above counts as the same person.
      var right = scored.filter { !$0.isSame }.count
      var best = (right: right, threshold: Float(1))
      for pair in scored {
        right += pair.isSame ? 1 : -1
        if right > best.right { best = (right, pair.score) }
      }
      let accuracy = Double(best.right) / Double(pairs.count)
      #expect(accuracy >= 0.988)
      print(
        "lfw-dev: accuracy \(accuracy) at \(best.threshold), \(paths.count) images, \(missing.count) without a face, "
          + "\(Int(Double(paths.count) / seconds)) images a second")
    }

    private static func pair(_ fields: [String], _ root: String) -> (a: String, b: String, isSame: Bool)? {
      func path(_ name: String, _ number: String) -> String? {
        Int(number).map { index in
          let digits = String(index)
          return "\(root)/images/\(name)/\(name)_\(String(repeating: "0", count: 4 - digits.count) + digits).jpg"
        }
      }
      if fields.count == 3, let a = path(fields[0], fields[1]), let b = path(fields[0], fields[2]) {
        return (a, b, true)
      }
      if fields.count == 4, let a = path(fields[0], fields[1]), let b = path(fields[2], fields[3]) {
        return (a, b, false)
      }
      return nil
    }

    /// 30 people, five photos each enrolled, the others identified among them.
    @Test func people() throws {
      let root = Installation.shared + "/data/lfw-people"
      let worker = try WorkerProcess(["--allow-path", root])
      var (probes, owners): ([String], [String]) = ([], [])
      var (enrolled, refused) = (0, 0)
      let people = Photos.shared("lfw-people").map { ($0 as NSString).lastPathComponent }
      #expect(people.count == 30)
      for (index, person) in people.enumerated() {
        let photos = Photos.shared("lfw-people/" + person) { $0.hasSuffix(".jpg") }
        try worker.host.send(
          UInt64(index + 1), Enroll.self, ["subject": .string(person), "select": "center"],
          paths: Array(photos.prefix(5)))
        probes += photos.dropFirst(5)
        owners += photos.dropFirst(5).map { _ in person }
      }
      for index in people.indices {
        let result = try worker.host.reply(UInt64(index + 1), Enroll.self).result
        enrolled += result.added
        refused += result.rejected.count
      }
      let answers = try Self.answers(worker, Identify.self, ["topK": 1], paths: probes)
      #expect(try worker.finish() == .exit(0))
      #expect(answers.count == probes.count && answers.allSatisfy { $0.error == nil }, "every image is answered")
      var (first, identified, wrong, unknown) = (0, 0, 0, 0)
      for (answer, owner) in zip(answers, owners) {
        let face = Self.central(answer)
        if face?.candidates?.first?.subject == owner { first += 1 }
        switch face?.identity?.subject {
        case owner: identified += 1
        case nil: unknown += 1
        default: wrong += 1
        }
      }
      let rank1 = Double(first) / Double(probes.count)
      #expect(rank1 >= 0.995)
      #expect(wrong <= probes.count / 100)
      print(
        "lfw-people: rank-1 \(rank1) of \(probes.count) probes; at the default threshold \(identified) identified, "
          + "\(unknown) unknown, \(wrong) wrong; \(enrolled) photos enrolled, \(refused) refused")
    }
  }
}
