internal import FaceModels
internal import FoundationEssentials
internal import Glibc
internal import Protocol

/// Puts imported models into a models folder: made in a hidden folder beside its place, synced, renamed. A failure leaves
/// nothing behind, and nobody ever sees half a model.
struct ModelInstaller: Sendable {
  /// The folders of the command line, of which the first that can be written is used.
  let folders: [String]
  /// The folder below the data folder, used when none of the others can be written; made when missing.
  let ownFolder: String?

  /// Begins the names of unfinished imports.
  static let partPrefix = ".import-"
  /// After this many seconds an unfinished import is what a crash left behind.
  private static let abandonedAfter: TimeInterval = 3_600

  /// The folder for new models.
  ///
  /// - Throws: `storageFailed` when there is none that can be written.
  func target() throws(WireError) -> String {
    for folder in folders where Self.isWritable(folder) { return folder }
    guard let ownFolder else {
      throw WireError(
        .storageFailed,
        "None of the folders of models can be written (\(folders.joined(separator: ", "))); name one with --models.",
        retry: .never)
    }
    do {
      try FileManager.default.createDirectory(
        atPath: ownFolder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw WireError(.storageFailed, "The folder of models \(ownFolder) cannot be made.", retry: .never)
    }
    guard Self.isWritable(ownFolder) else { throw DurableFile.failure("\(ownFolder) cannot be written", EACCES) }
    return ownFolder
  }

  private static func isWritable(_ folder: String) -> Bool {
    var info = stat()
    return stat(folder, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR && access(folder, W_OK | X_OK) == 0
  }

  /// Runs `body` with a new hidden folder in `folder`, which is removed afterwards unless `body` moved it.
  func withPart<Result>(in folder: String, _ body: (String) throws -> Result) throws -> Result {
    removeAbandoned(folder)
    let part = folder + "/" + Self.partPrefix + DurableFile.randomDigits()
    guard mkdir(part, 0o755) == 0 else { throw DurableFile.failure("\(folder) cannot be written", errno) }
    defer { try? FileManager.default.removeItem(atPath: part) }
    return try body(part)
  }

  /// Makes a finished part visible as the folder `name`; with `replacing` in the place of what is there.
  ///
  /// - Throws: `storageFailed`; `badParams` when another import took the name meanwhile.
  func publish(_ part: String, as name: String, in folder: String, replacing: Bool) throws(WireError) {
    let place = folder + "/" + name
    DurableFile.sync(folder: part)
    // Away with the old one first: renaming cannot replace a folder that holds something.
    let old = folder + "/" + Self.partPrefix + DurableFile.randomDigits()
    let hasOld = replacing && rename(place, old) == 0
    guard rename(part, place) == 0 else {
      let code = errno
      if hasOld { rename(old, place) }
      guard code != ENOTEMPTY, code != EEXIST else { throw Self.taken(name) }
      throw DurableFile.failure("\(place) cannot be written", code)
    }
    DurableFile.sync(folder: folder)
    if hasOld { try? FileManager.default.removeItem(atPath: old) }
  }

  static func taken(_ id: String) -> WireError {
    .badParams(
      "params.manifest.id: a model \"\(id)\" is installed already; set replace, or choose another id.",
      details: ["field": "params.manifest.id", "reason": "exists"])
  }

  /// Removes what a crash in the middle of an import left behind.
  private func removeAbandoned(_ folder: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names where name.hasPrefix(Self.partPrefix) {
      var info = stat()
      guard stat(folder + "/" + name, &info) == 0 else { continue }
      let age = Date().timeIntervalSince1970 - Double(info.st_mtim.tv_sec)
      if age > Self.abandonedAfter { try? FileManager.default.removeItem(atPath: folder + "/" + name) }
    }
  }
}
