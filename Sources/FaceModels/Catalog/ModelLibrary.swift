internal import FoundationEssentials
internal import Glibc

/// The models found in the folders the program was given: `<folder>/<id>/manifest.json` with the weights beside it.
package struct ModelLibrary: Sendable {
  package struct Entry: Sendable {
    package let manifest: ModelManifest
    package let folder: String

    package init(manifest: ModelManifest, folder: String) {
      self.manifest = manifest
      self.folder = folder
    }
  }

  /// By id; of two models with one id the one found first counts.
  package private(set) var entries: [String: Entry] = [:]
  /// Folders whose manifest could not be used.
  package private(set) var problems: [Problem] = []

  /// A folder whose manifest could not be used, and why.
  package struct Problem: Sendable {
    /// The folder's name.
    package let name: String
    package let error: ModelError
  }

  private let folders: [String]
  /// No weight file may be larger than this.
  package static let maxFileBytes = 2 << 30

  /// Looks through `folders`; a folder that does not exist holds nothing.
  package init(folders: [String]) {
    self.folders = folders
    for folder in folders {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      // Names with a dot first are imports that are not finished.
      for name in names.sorted() where !name.hasPrefix(".") {
        let place = folder + "/" + name + "/manifest.json"
        guard let data = FileManager.default.contents(atPath: place) else { continue }
        do {
          let manifest = try ModelManifest.read(data, place: place)
          if entries[manifest.id] == nil {
            entries[manifest.id] = Entry(manifest: manifest, folder: folder + "/" + name)
          }
        } catch {
          problems.append(Problem(name: name, error: error))
        }
      }
    }
  }

  /// The model `id` in the wanted role; throws `notFound` with what there is instead.
  package func find(_ id: String, role: ModelManifest.Role) throws(ModelError) -> Entry {
    if let entry = entries[id], entry.manifest.role == role { return entry }
    let others = entries.values.filter { $0.manifest.role == role }.map(\.manifest.id).sorted()
    let found = others.isEmpty ? "no \(role.rawValue) at all" : others.joined(separator: ", ")
    var message = "There is no \(role.rawValue) \"\(id)\" in \(folders.joined(separator: ", ")); found \(found)."
    if let problem = problems.first { message += " Not usable: \(problem.error.message)" }
    if entries.isEmpty { message += " Run `make models`, or name a folder with --models." }
    throw ModelError(.notFound, message)
  }

  /// Why a model cannot be loaded, as far as a look at its files tells; `nil` when they are there, of the right size.
  package func problem(of entry: Entry) -> ModelError? {
    if let origin = entry.manifest.derivedFrom {
      guard let base = entries[origin.id], base.manifest.derivedFrom == nil else { return Self.orphan(entry) }
      if let problem = problem(of: base) { return problem }
    }
    for file in entry.manifest.files {
      let path = entry.folder + "/" + file.name
      guard let size = file.bytes, file.sha256 != nil else {
        return ModelError(
          .invalid, "The manifest of \(entry.manifest.id) does not state bytes and sha256 of \(file.name).")
      }
      var info = stat()
      guard stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
        return ModelError(.notFound, "The weight file \(path) of \(entry.manifest.id) is missing.")
      }
      guard info.st_size == size else {
        return ModelError(
          .invalid, "The weight file \(path) is damaged: it has \(info.st_size) bytes, not the \(size) of its manifest."
        )
      }
    }
    return nil
  }

  /// The checked contents of each weight file, in the manifest's order.
  ///
  /// `digest` gives the SHA-256 of bytes in hexadecimal. Throws `invalid` when a file is not the one the manifest names.
  ///
  /// Of a model that training made the files of the one it was made from come first.
  package func weights(of entry: Entry, digest: ([UInt8]) -> String) throws(ModelError) -> [[UInt8]] {
    var contents: [[UInt8]] = []
    if let origin = entry.manifest.derivedFrom {
      guard let base = entries[origin.id], base.manifest.derivedFrom == nil else { throw Self.orphan(entry) }
      contents = try weights(of: base, digest: digest)
      let digests = base.manifest.files.compactMap { $0.sha256?.lowercased() }
      let found = digests.count == 1 ? digests[0] : digest(Array(digests.joined(separator: "\n").utf8))
      guard found == origin.sha256 else {
        throw ModelError(
          .invalid, "The model \(origin.id) is not the one that \(entry.manifest.id) was trained from any more.")
      }
    }
    for file in entry.manifest.files {
      let path = entry.folder + "/" + file.name
      guard let bytes = Self.read(path, limit: Self.maxFileBytes) else {
        throw ModelError(.notFound, "The weight file \(path) of \(entry.manifest.id) cannot be read.")
      }
      guard let size = file.bytes, let sha256 = file.sha256 else {
        throw ModelError(
          .invalid, "The manifest of \(entry.manifest.id) does not state bytes and sha256 of \(file.name).")
      }
      guard bytes.count == size, digest(bytes) == sha256.lowercased() else {
        throw ModelError(
          .invalid,
          "The weight file \(path) is damaged: its size or SHA-256 is not what the manifest of \(entry.manifest.id) says."
        )
      }
      contents.append(bytes)
    }
    return contents
  }

  private static func orphan(_ entry: Entry) -> ModelError {
    ModelError(
      .notFound,
      "The model \(entry.manifest.derivedFrom?.id ?? "") that \(entry.manifest.id) was trained from is not installed.")
  }

  /// A whole file; `nil` when it cannot be read or is larger than `limit` bytes.
  private static func read(_ path: String, limit: Int) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var info = stat()
    guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_size <= limit else { return nil }
    let size = Int(info.st_size)
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), size - count)
        if got < 0, errno == EINTR { continue }
        guard got > 0 else {
          failed = true
          return
        }
        count += got
      }
    }
    return failed ? nil : bytes
  }
}
