import Foundation
import GalleryStore
import Networks

// Searches a gallery for Benchmarks/gallery/run, driven line by line; each answer is one line of JSON.
//   import FLOATS COUNT DIMENSION PER_SUBJECT GALLERY   enrolls vectors of a file of float32 in a new gallery
//   open GALLERY DIMENSION FORM THREADS                 opens it and loads its templates; FORM is exact, compressed or auto
//   save DIMENSION                                      writes the vector file, from which the next open reads
//   search PROBES COUNT TOP                             seconds, and per probe the numbers of the subjects found
// Subjects are named by their number from 0.

struct Problem: Error {
  let message: String
}

func model(_ dimension: Int) -> ModelIdentity {
  ModelIdentity(id: "benchmark", sha256: String(repeating: "b", count: 64), dimension: dimension)
}

func number(_ text: String) throws -> Int {
  guard let value = Int(text), value > 0 else { throw Problem(message: "\(text) is not a number above 0") }
  return value
}

func floats(_ data: Data) -> [Float] {
  data.withUnsafeBytes { bytes in
    (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
  }
}

/// Bytes of memory in use by this process.
func residentBytes() -> Int {
  let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
  return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 4096
}

final class Session {
  private var gallery: SQLiteGallery?
  private var index: GalleryIndex?
  private let clock = ContinuousClock()

  func answer(_ words: [String]) throws -> [String: Any] {
    switch (words.first, words.count) {
    case ("import", 6):
      return try fill(words[1], try number(words[2]), try number(words[3]), try number(words[4]), words[5])
    case ("open", 5): return try open(words[1], try number(words[2]), words[3], try number(words[4]))
    case ("save", 2): return try save(try number(words[1]))
    case ("search", 4): return try search(words[1], try number(words[2]), try number(words[3]))
    default: throw Problem(message: "unknown command")
    }
  }

  private func seconds(_ body: () throws -> Void) rethrows -> Double { try clock.measure(body) / .seconds(1) }

  private func fill(
    _ file: String, _ count: Int, _ dimension: Int, _ perSubject: Int, _ path: String
  ) throws -> [String: Any] {
    guard let handle = FileHandle(forReadingAtPath: file) else { throw Problem(message: "no file \(file)") }
    let spent = try seconds {
      let gallery = try SQLiteGallery(path: path)
      // A write takes some thousand templates, so that its log stays small.
      let batch = max(1, 4000 / perSubject) * perSubject
      for start in stride(from: 0, to: count, by: batch) {
        let rows = min(batch, count - start)
        let values = floats(try handle.read(upToCount: rows * dimension * 4) ?? Data())
        guard values.count == rows * dimension else { throw Problem(message: "the file is too short") }
        _ = try gallery.write { transaction in
          for first in stride(from: 0, to: rows, by: perSubject) {
            let templates = (first..<min(first + perSubject, rows)).map { row in
              NewTemplate(embedding: Array(values[row * dimension..<(row + 1) * dimension]), quality: 1)
            }
            let subject = String((start + first) / perSubject)
            _ = try transaction.enroll(Enrollment(subject: subject, model: model(dimension), templates: templates))
          }
          return (0, [])
        }
      }
    }
    return ["seconds": spent]
  }

  private func open(_ path: String, _ dimension: Int, _ form: String, _ threads: Int) throws -> [String: Any] {
    guard let form = IndexForm(rawValue: form) else { throw Problem(message: "unknown form") }
    (gallery, index) = (nil, nil)
    let pool = WorkPool(lanes: threads)
    let settings = SearchSettings(form: form, threads: SearchThreads(lanes: threads) { pool.run($0, $1) })
    let spent = try seconds {
      let gallery = try SQLiteGallery(path: path, searching: settings)
      index = try gallery.index(for: model(dimension))
      self.gallery = gallery
    }
    let memory = index?.memory
    return [
      "seconds": spent, "templates": index?.templateCount ?? 0, "vectorBytes": memory?.vectors ?? 0,
      "compressedBytes": memory?.compressed ?? 0, "residentBytes": residentBytes(),
    ]
  }

  private func save(_ dimension: Int) throws -> [String: Any] {
    guard let gallery else { throw Problem(message: "nothing is open") }
    // A gallery that found no vector file is writing one by itself; one more does no harm.
    var isSaved = false
    let spent = try seconds {
      for _ in 0..<600 where !isSaved {
        isSaved = try gallery.saveVectors(for: model(dimension))
        if !isSaved { usleep(100_000) }
      }
    }
    guard isSaved else { throw Problem(message: "the vector file could not be written") }
    return ["seconds": spent]
  }

  private func search(_ file: String, _ count: Int, _ top: Int) throws -> [String: Any] {
    guard let index else { throw Problem(message: "nothing is open") }
    let data = try Data(contentsOf: URL(fileURLWithPath: file))
    let probes = Array(floats(data).prefix(count * index.model.dimension))
    var found: [[GalleryCandidate]] = []
    let spent = try seconds { found = try index.search(probes: probes, topK: top) }
    return ["seconds": spent, "subjects": found.map { $0.map { Int($0.subject) ?? -1 } }]
  }
}

let session = Session()
while let line = readLine() {
  var answer: [String: Any]
  do {
    answer = try session.answer(line.split(separator: " ").map(String.init))
  } catch {
    answer = ["problem": "\(error)"]
  }
  let data = try JSONSerialization.data(withJSONObject: answer)
  FileHandle.standardOutput.write(data + Data("\n".utf8))
}
