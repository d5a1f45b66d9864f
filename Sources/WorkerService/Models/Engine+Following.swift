internal import FaceModels
internal import Glibc
internal import Networks
internal import Protocol
internal import Synchronization

/// Which version of a file was seen: what a rename replaces changes.
struct FileStamp: Sendable, Equatable {
  private var inode: UInt = 0
  private var seconds = 0
  private var nanoseconds = 0

  /// The stamp of the file that is there now; that of no file when there is none.
  init(_ path: String) {
    var info = stat()
    guard stat(path, &info) == 0 else { return }
    inode = UInt(info.st_ino)
    seconds = info.st_mtim.tv_sec
    nanoseconds = info.st_mtim.tv_nsec
  }
}

extension Engine {
  /// The models in use now, activations by other workers on the data folder included. What a request takes once.
  ///
  /// Costs one look at a file's inode while nothing was activated.
  func modelsInUse() -> ActiveModels {
    followActivations()
    return activeModels
  }

  /// Uses what another worker has activated since the last look. The request that comes first after it waits for the loading,
  /// so that all workers on a gallery answer with the same model.
  func followActivations() {
    guard let activationFile else { return }
    let stamp = FileStamp(activationFile)
    guard activationStamp.withLock({ $0 != stamp }) else { return }
    activations.withLock { record in
      guard activationStamp.withLock({ $0 != stamp }) else { return }
      // A file that cannot be read is left for the next start, which says so.
      if let found = try? ActivationRecord.read(activationFile), found != record {
        for role in [ModelRole.detector, .recognizer] where found[role].active != record[role].active {
          if let id = found[role].active { follow(id, role) }
        }
        record = found
      }
      activationStamp.withLock { $0 = stamp }
    }
  }

  private func follow(_ id: String, _ role: ModelRole) {
    do {
      let entry = try store.find(id)
      try store.policy.check(entry.manifest)
      switch try store.loadAndTry(entry, pool: .serial) {
      case .detector(let model): active.withLock { $0 = $0.replacing(detector: model) }
      case .recognizer(let model): active.withLock { $0 = $0.replacing(recognizer: model) }
      case .liveness: break
      }
      log(.info, "modelFollowed", ["role": .string(role.rawValue), "model": .string(id)])
    } catch {
      log(
        .error, "modelNotFollowed",
        ["role": .string(role.rawValue), "reason": .string(ErrorMapping.wireError(for: error).message)])
    }
  }
}
