package import FaceModels
package import Images
internal import Networks

/// Turns samples into the crops a network sees and those into numbers, on all threads of the job, a few at a time.
package struct CropEmbedder {
  package let alignment: Alignment
  package let store: CropStore
  package let context: RunContext
  /// Samples between two reports and checks of the caller's.
  private static let chunk = 8

  package init(alignment: Alignment, store: CropStore, context: RunContext) {
    self.alignment = alignment
    self.store = store
    self.context = context
  }

  /// What is done to crops before the network sees them.
  package enum Look: Sendable {
    case clean
    /// As an epoch of a pipeline draws them.
    case augmented(AugmentationPipeline, epoch: Int)
  }

  /// The crops of samples; `nil` for those without a usable one.
  package func crops(_ samples: [TrainingSample], _ look: Look) throws -> [Image?] {
    let (alignment, store) = (alignment, store)
    return try parallelMap(samples.count, context) { index -> Image? in
      guard let sample = try store.image(samples[index]) else { return nil }
      switch look {
      case .clean: return alignment.crop(sample.face, from: sample.image)
      case .augmented(let pipeline, let epoch): return pipeline.draw(sample, alignment: alignment, epoch: epoch)
      }
    }
  }

  /// What `embed` makes of each sample's crop; `nil` for samples without a usable crop, and where the network gives no
  /// direction for it. `progress` gets how many are done.
  package func embeddings(
    _ samples: [TrainingSample], _ look: Look, embedder: NetworkEmbedder, progress: (Int) -> Void
  ) throws -> [[Float]?] {
    try numbers(samples, look, progress: progress) { crops in
      try embedder.embed(crops, context: context).map { $0.isDirection ? $0 : nil }
    }
  }

  /// The same for anything that turns a few crops into as many lists of numbers.
  package func numbers(
    _ samples: [TrainingSample], _ look: Look, progress: (Int) -> Void, _ run: ([Image]) throws -> [[Float]?]
  ) throws -> [[Float]?] {
    var results: [[Float]?] = []
    results.reserveCapacity(samples.count)
    let size = Self.chunk * max(1, context.pool.lanes)
    for start in stride(from: 0, to: samples.count, by: size) {
      try context.checkpoint()
      let part = Array(samples[start..<min(samples.count, start + size)])
      let crops = try crops(part, look)
      try context.checkpoint()
      var made = try run(crops.compactMap { $0 }).makeIterator()
      for crop in crops { results.append(crop == nil ? nil : made.next() ?? nil) }
      progress(results.count)
    }
    return results
  }
}

extension [Float] {
  /// Whether these numbers point somewhere: finite and not all zero.
  package var isDirection: Bool { allSatisfy(\.isFinite) && contains { $0 != 0 } }
}
