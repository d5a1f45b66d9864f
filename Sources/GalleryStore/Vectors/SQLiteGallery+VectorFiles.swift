internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

extension SQLiteGallery {
  /// Writes the vector file of a model, from which the next start reads; `false` when there is a reason not to: a gallery in
  /// memory, another process at it, an erasure that goes first, a disk that is full.
  ///
  /// A gallery does this by itself, on a thread of its own, once its file is missing or lacks many templates.
  ///
  /// - Throws: as ``index(for:)``.
  package func saveVectors(for model: ModelIdentity) throws(GalleryError) -> Bool {
    save(try index(for: model))
  }

  /// Writes a snapshot's vector file on a thread of its own, unless one is being written.
  func saveVectorsLater(_ index: GalleryIndex) {
    guard isSaving.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged else {
      return
    }
    let job = SavingJob(gallery: self, index: index)
    var thread = pthread_t()
    let context = Unmanaged.passRetained(job)
    let status = pthread_create(
      &thread, nil,
      { argument in
        #if canImport(Darwin)
          Unmanaged<SavingJob>.fromOpaque(argument).takeRetainedValue().run()
        #else
          if let argument { Unmanaged<SavingJob>.fromOpaque(argument).takeRetainedValue().run() }
        #endif
        return nil
      }, context.toOpaque())
    if status == 0 {
      pthread_detach(thread)
    } else {
      context.release()
      isSaving.store(false, ordering: .releasing)
    }
  }

  private final class SavingJob: Sendable {
    private let gallery: SQLiteGallery
    private let index: GalleryIndex

    init(gallery: SQLiteGallery, index: GalleryIndex) {
      self.gallery = gallery
      self.index = index
    }

    func run() {
      _ = gallery.save(index)
      gallery.isSaving.store(false, ordering: .releasing)
    }
  }

  private func save(_ index: GalleryIndex) -> Bool {
    guard let path, index.templateCount + index.negativeCount > 0 else { return false }
    var random = SystemRandomNumberGenerator()
    let token = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
    // Whatever comes of it, the next attempt is after as many templates more.
    defer { _ = try? read { (_, cache) throws(GalleryError) in cache.saved(index.model) } }
    guard markVectorFile(token, index.model), let lock = VectorLock.take(gallery: path, waitingMilliseconds: 0) else {
      return false
    }
    return withExtendedLifetime(lock) {
      // Whoever removes a template from now on waits for the lock, or finds it in the file afterwards. What was removed before
      // must not come back.
      let counters = try? read { (connection, _) throws(GalleryError) in try ChangeCounters(connection) }
      guard counters?.rewrites == index.rewrites else { return false }
      let file = VectorFile.path(gallery: path, modelSHA256: index.model.sha256)
      return VectorFile.write(index, token: token, to: file) {
        erasuresWaiting.load(ordering: .sequentiallyConsistent) == 0
      }
    }
  }
}
