internal import FaceModels
package import Images
internal import Synchronization

/// The decoded kept crops of a job: each is decoded once and kept while the byte budget lasts, else decoded again when it
/// is asked for. Safe to ask from many threads.
package final class CropStore: Sendable {
  private let budget: ByteBudget
  private let kept = Mutex<[Int64: SampleImage]>([:])
  /// A kept crop is small; a file that says otherwise is not decoded.
  private static let limits = DecodeLimits(maxPixels: 1 << 22)

  package init(budget: ByteBudget) { self.budget = budget }

  /// How many crops are held.
  package var count: Int { kept.withLock { $0.count } }

  /// The crop of a sample; `nil` when it has none, or one that cannot be decoded.
  ///
  /// - Throws: ``ImageError`` `outOfMemory` alone.
  package func image(_ sample: TrainingSample) throws(ImageError) -> SampleImage? {
    if let known = kept.withLock({ $0[sample.id] }) { return known }
    guard let bytes = sample.crop, let face = sample.face else { return nil }
    let decoded: Image
    do {
      decoded = try ImageDecoder.decode(bytes, limits: Self.limits).image
    } catch {
      if error.code == .outOfMemory { throw error }
      return nil
    }
    let image = SampleImage(id: sample.id, image: decoded, face: face)
    kept.withLock { kept in
      guard kept[sample.id] == nil, budget.take(decoded.pixels.count) else { return }
      kept[sample.id] = image
    }
    return image
  }
}
