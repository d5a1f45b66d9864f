internal import Digests
internal import FoundationEssentials
internal import GalleryStore
import Glibc
internal import Protocol
internal import Training

/// Where a training works: `<root>/<digest of model and settings>`, so that the same training finds its checkpoint again. Holds
/// checkpoints, the outcome, and the numbers of the subjects they are about.
struct TrainingFolder: Sendable {
  let path: String

  /// Unfinished trainings that are kept to be continued.
  private static let kept = 4
  /// For how long, in seconds.
  private static let keptFor = 7.0 * 24 * 3_600
  private static let subjectsFile = "subjects.json"

  /// The folder of a training, which may not exist yet.
  init(root: String, model: String, settings: TrainingSettings) throws {
    let text = try Array("\(model)\n".utf8) + WireJSON.encode(settings)
    path = root + "/" + SHA256.hexadecimal(text).prefix(32)
  }

  private init(path: String) { self.path = path }

  /// Makes the folder and notes whom it is about. One that was about somebody who is not among them any more is erased first.
  func prepare(subjects: Set<Int64>) throws {
    let before = knownSubjects
    if access(path, F_OK) == 0, !(before ?? []).isSubset(of: subjects) || before == nil { PrivateFolder.erase(path) }
    try PrivateFolder.make(path)
    // What comes on top counts too, before any of it is written.
    let all = subjects.union(before ?? []).sorted()
    try DurableFile.write(try WireJSON.encode(["subjects": all]), to: path + "/" + Self.subjectsFile, mode: 0o600)
    for name in TrainerFiles.limits.keys { PrivateFolder.eraseFile(path + "/" + name) }
  }

  private var knownSubjects: Set<Int64>? {
    guard let bytes = PrivateFolder.read(path + "/" + Self.subjectsFile, limit: 16 << 20),
      let object = try? JSONDecoder().decode([String: [Int64]].self, from: Data(bytes))
    else { return nil }
    return object["subjects"].map(Set.init)
  }

  /// Overwrites and removes it.
  func erase() { PrivateFolder.erase(path) }

  // MARK: All of them

  private static func all(_ root: String) -> [TrainingFolder] {
    PrivateFolder.names(root).filter { !$0.hasPrefix(".") }.map { TrainingFolder(path: root + "/" + $0) }
  }

  /// Erases every folder that may hold something of a subject. Returns how many.
  static func erase(about subject: Int64, root: String) -> Int {
    let found = all(root).filter { $0.knownSubjects?.contains(subject) ?? true }
    for folder in found { folder.erase() }
    return found.count
  }

  /// Erases what nobody will continue: all but the newest few, the old ones, and those about subjects that are gone. To be called
  /// by whoever holds the lock of `root`.
  static func clean(_ root: String, keeping current: TrainingFolder?, isGone: ([Int64]) -> Bool) {
    let dated = all(root).filter { $0.path != current?.path }.map { folder -> (folder: TrainingFolder, time: Double) in
      var info = stat()
      return (folder, stat(folder.path, &info) == 0 ? Double(info.st_mtim.tv_sec) : 0)
    }.sorted { $0.time > $1.time }
    for (index, entry) in dated.enumerated() {
      let isOld = Date().timeIntervalSince1970 - entry.time > keptFor
      if index < kept, !isOld, let subjects = entry.folder.knownSubjects, !isGone(Array(subjects)) { continue }
      entry.folder.erase()
    }
  }
}

extension Engine {
  /// Erases working folders that nobody will continue. To be called by whoever holds the lock of their root.
  func cleanTrainingFolders(keeping current: TrainingFolder? = nil) {
    TrainingFolder.clean(training.folder, keeping: current) { subjects in
      (try? gallery.missingSubjects(of: subjects).missing.isEmpty == false) ?? false
    }
  }

  /// Removes what a crash left behind of trainings and heads, unless somebody is at work there.
  func removeLeftovers() {
    do {
      try heads.sweep {
        Dictionary(try gallery.heads().map { ($0.id, $0.sha256) }, uniquingKeysWith: { first, _ in first })
      }
      guard access(training.folder, F_OK) == 0, let lock = try FolderLock.tryToTake(training.folder) else { return }
      defer { lock.release() }
      cleanTrainingFolders()
    } catch {
      log(.error, "leftoversStay", ["reason": .string(ErrorMapping.wireError(for: error).code.rawValue)])
    }
  }
}
