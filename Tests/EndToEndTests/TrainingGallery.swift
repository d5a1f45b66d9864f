import Foundation
import GalleryStore
import Images
import Protocol
import TestSupport
import Testing

/// A data folder with people who were never photographed: drawn embeddings of the default recognizer in clusters, each with a drawn
/// crop. Training on it is quick and separates them.
struct TrainingGallery {
  let folder: Folder
  var path: String { folder.path }
  var database: String { path + "/gallery.sqlite" }

  static let model = ModelIdentity(
    id: "dlib-resnet-v1", sha256: "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30", dimension: 128)

  init(people: Int = 4, templates: Int = 6) throws {
    folder = try Folder()
    let gallery = try SQLiteGallery(path: database)
    for person in 0..<people { try Self.enroll(person, templates: templates, in: gallery) }
  }

  /// Enrolls a drawn person as `s<number>`.
  static func enroll(_ person: Int, templates: Int, in gallery: SQLiteGallery) throws {
    var random = SeededGenerator(seed: UInt64(1_000 + person))
    func direction() -> [Float] { (0..<128).map { _ in Float.random(in: -1...1, using: &random) } }
    let center = direction()
    var made: [NewTemplate] = []
    for _ in 0..<templates {
      let embedding = zip(center, direction()).map { $0 + 0.3 * $1 }
      let shade = (0..<3).map { _ in UInt8.random(in: 0...255, using: &random) }
      let pixels = (0..<64 * 64 * 3).map { UInt8(truncatingIfNeeded: Int(shade[$0 % 3]) + $0 / 192) }
      let crop = try ImageEncoder.jpeg(Image(width: 64, height: 64, pixels: pixels), quality: 90)
      made.append(
        NewTemplate(
          embedding: embedding, quality: 0.9,
          crop: KeptCrop(
            image: crop,
            geometry: CropGeometry(landmarks: [22, 24, 42, 24, 32, 36, 24, 46, 40, 46], box: [10, 8, 44, 50]))))
    }
    let enrollment = Enrollment(subject: "s\(person)", model: model, templates: made)
    _ = try gallery.write { (try $0.enroll(enrollment), []) }
  }

  /// Everything of a subject that an erasure must take: vectors as stored and crops.
  func secrets(of subject: String) throws -> [Data] {
    let gallery = try SQLiteGallery(path: database)
    return try gallery.subject(subject).templates.flatMap { template -> [Data] in
      let vector = try gallery.embedding(ofTemplate: template.id) ?? []
      let bytes = vector.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
      let crop = try gallery.keptCrop(ofTemplate: template.id)?.image ?? []
      return [Data(bytes), Data(bytes.prefix(64)), Data(crop)].filter { !$0.isEmpty }
    }
  }

  /// Every file below the data folder, hidden ones too.
  func files() -> [String] {
    let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    return names.map { path + "/" + $0 }.filter {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: $0, isDirectory: &isFolder) && !isFolder.boolValue
    }
  }

  /// Files that hold one of these byte sequences.
  func files(holding secrets: [Data]) throws -> [String] {
    try files().filter { file in
      let data = try Data(contentsOf: URL(fileURLWithPath: file))
      return secrets.contains { data.range(of: $0) != nil }
    }
  }

  /// The files of trained heads.
  func headFiles() -> [String] { files().filter { $0.hasSuffix(".safetensors") && $0.contains("/heads/") } }

  /// A training of the head that takes about as long as `epochs` say; on the stored embeddings alone.
  static func params(epochs: Int, _ more: [String: JSONValue] = [:]) -> JSONValue {
    .object(more.merging(["epochs": ["clean": .integer(Int64(epochs)), "augmented": 0]]) { own, _ in own })
  }
}

extension WorkerProcess {
  /// The process id of the worker's trainer, when it has one.
  var trainer: pid_t? {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
      guard let found = pid_t(name),
        let status = try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8),
        let end = status.lastIndex(of: ")"),
        status[end...].split(separator: " ").dropFirst(2).first.flatMap({ pid_t($0) }) == pid,
        let command = try? String(contentsOfFile: "/proc/\(name)/cmdline", encoding: .utf8),
        command.contains("--trainer")
      else { continue }
      return found
    }
    return nil
  }

  /// Waits for an event of a training whose epoch is at least `epoch`, and returns it.
  @discardableResult
  func training(_ id: UInt64, reaches epoch: Int) throws -> TrainEvent {
    while true {
      guard let frame = try host.next(timeoutMs: 60_000) else {
        throw TestHost.Failure(description: "the worker ended: \(log)")
      }
      guard frame.id.value == id else { continue }
      guard frame.kind == .event else {
        throw TestHost.Failure(description: "over already: \(String(decoding: frame.json, as: UTF8.self))")
      }
      let event = try WireJSON.decode(TrainEvent.self, from: frame.json)
      if event.epoch >= epoch, event.phase == "clean" { return event }
    }
  }
}
