package import FaceModels
internal import Images
package import Networks
internal import Tensors

/// A training job from crops to a head that is accepted or refused: a plain library, no process, no clock of its own.
///
/// The steps: decode and embed, hold some crops out, train on clean crops, train on augmented ones, judge. Each epoch
/// leaves a checkpoint in `folder`; a run on a folder whose checkpoint has the same settings, set and recognizer goes on
/// from there and ends with the same head as one that was not interrupted.
package struct TrainingRun {
  /// What the recognizer's templates are bound to (`ModelManifest.templateDigest`), so that the head is too.
  package let modelDigest: String
  package let recognizer: RecognizerNetwork
  package let set: TrainingSet
  package let settings: TrainingSettings
  /// Where checkpoints lie, an existing directory; `nil` keeps none.
  package let folder: String?

  package init(
    recognizer: RecognizerNetwork, modelDigest: String, set: TrainingSet, settings: TrainingSettings, folder: String?
  ) {
    self.recognizer = recognizer
    self.modelDigest = modelDigest
    self.set = set
    self.settings = settings
    self.folder = folder
  }

  /// Trains to the end. The last checkpoint stays: whoever has put the outcome where it lasts removes it
  /// (``CheckpointFolder/clear()``, or the whole folder). Until then another run ends with the same outcome, without training again.
  ///
  /// - Parameters:
  ///   - pool: the threads of the job.
  ///   - clock: seconds that never go back, for speeds and estimates only.
  ///   - checkpoint: called often, at least every 100 ms of work or so, on any thread; throws to stop the job.
  ///   - report: called on the calling thread after each step.
  /// - Throws: ``TrainingError``, ``ImageError`` `outOfMemory`, and what `checkpoint` throws. A head that diverged or does
  ///   not hold its own is no error: the report says so.
  package func run(
    pool: WorkPool, clock: @escaping () -> Double, checkpoint: @escaping @Sendable () throws -> Void,
    report: @escaping (TrainingProgress) -> Void
  ) throws -> TrainingOutcome {
    try settings.check()
    let embedder: NetworkEmbedder
    do {
      embedder = try recognizer.embedder()
    } catch {
      throw TrainingError(.badNetwork, "The recognizer cannot be run: \(error)")
    }
    let budget = ByteBudget(settings.byteBudget)
    let crops = CropEmbedder(
      alignment: recognizer.alignment, store: CropStore(budget: budget),
      context: RunContext(pool: pool, checkpoint: checkpoint))
    // Embeddings come first, since they show which samples can be used at all.
    let all = set.subjects.flatMap(\.samples) + set.negatives
    let missing = all.filter { !hasEmbedding($0, embedder) }
    var embeddings: [Int64: [Float]] = [:]
    for sample in all where hasEmbedding(sample, embedder) { embeddings[sample.id] = sample.embedding?.unit }
    let samples = set.subjects.reduce(0) { $0 + $1.samples.count }
    let plan = TrainingPlan(settings, samples: samples, isContinued: set.previousHead != nil)
    let meter = ProgressMeter(
      work: JobWork.estimate(
        settings.scope, plan, samples: samples, missing: missing.count, everything: all.count),
      clock: clock, report: report)
    meter.begin(.prepare, epochs: 1)
    var last = 0
    let made = try crops.embeddings(missing, .clean, embedder: embedder) { done in
      meter.step(
        epoch: 1, step: done, steps: missing.count, images: done - last, cost: Double(done - last))
      last = done
    }
    for (sample, embedding) in zip(missing, made) { embeddings[sample.id] = embedding?.unit }
    let needsCrop = settings.scope != .head
    let teaching = try TeachingSet(set, share: settings.heldOutShare) { sample in
      embeddings[sample.id] != nil && (!needsCrop || (sample.crop != nil && sample.face != nil))
    }
    let context = JobContext(
      run: self, settings: settings, plan: plan, teaching: teaching, crops: crops,
      pipeline: AugmentationPipeline(settings.augmentations, seed: settings.seed), meter: meter,
      checkpoints: folder.map { CheckpointFolder($0) },
      fingerprint: Fingerprint.make(modelDigest: modelDigest, set: set, settings: settings))
    return try train(context, embedder, embeddings, budget)
  }

  private func hasEmbedding(_ sample: TrainingSample, _ embedder: NetworkEmbedder) -> Bool {
    guard let embedding = sample.embedding else { return false }
    return embedding.count == embedder.embeddingLength && embedding.isDirection
  }

  private func train(
    _ context: JobContext, _ embedder: NetworkEmbedder, _ old: [Int64: [Float]], _ budget: ByteBudget
  ) throws -> TrainingOutcome {
    let teaching = context.teaching
    let saved = context.checkpoints?.load(fingerprint: context.fingerprint)
    let clean = teaching.samples.compactMap { old[$0.id] }
    guard settings.scope != .head else {
      let stage = HeadStage(context: context, embedder: embedder, clean: clean, isMain: true)
      let result = try stage.run(from: saved)
      let report = try Judge(context: context, before: old, after: old, head: result.head)
        .report(result.state, resumed: result.resumed)
      let final = try HeadRefit(context: context, embedder: embedder, embeddings: old).run(result, report)
      return TrainingOutcome(
        head: final.head, tuned: nil, center: nil, embeddings: [:], report: final.report,
        contactSheet: try contactSheet(context))
    }
    let parts = try NetworkParts(recognizer, scope: settings.scope)
    let stage = NetworkStage(context: context, parts: parts, embedder: embedder, clean: clean, budget: budget)
    let result = try stage.run(from: saved)
    var network = try recognizer.replacing(result.tuned)
    network.finish.normalizes = true
    network.finish.center = nil
    let uncentered = try network.embedder()
    context.meter.begin(.judge, epochs: 1)
    let everything = teaching.everything
    var last = 0
    let made = try context.crops.embeddings(everything, .clean, embedder: uncentered) { done in
      context.meter.step(
        epoch: 1, step: done, steps: everything.count, images: done - last, cost: Double(done - last))
      last = done
    }
    var new: [Int64: [Float]] = [:]
    for (sample, embedding) in zip(everything, made) { new[sample.id] = embedding?.unit }
    network.finish.center = TunedCenter(teaching: teaching).center(before: old, after: new) ?? recognizer.finish.center
    let center = network.finish.center
    new = new.mapValues { EmbeddingFinish(center: center).complete($0, mirrored: nil) }
    let tuned = try network.embedder()
    let newClean = teaching.samples.compactMap { new[$0.id] }
    guard newClean.count == teaching.samples.count else {
      throw TrainingError(.diverged, "The training diverged: the tuned network no longer gives embeddings.")
    }
    let layer = context.forLayerAlone
    let fitted = try HeadStage(context: layer, embedder: tuned, clean: newClean, isMain: false).run(from: nil)
    let report = try Judge(context: context, before: old, after: new, head: fitted.head)
      .report(result.state, resumed: result.resumed)
    let final = try HeadRefit(context: layer, embedder: tuned, embeddings: new).run(fitted, report)
    return TrainingOutcome(
      head: final.head, tuned: result.tuned, center: center, embeddings: new, report: final.report,
      contactSheet: try contactSheet(context))
  }

  private func contactSheet(_ context: JobContext) throws -> Image? {
    guard settings.contactSheet else { return nil }
    // One of each subject before a second of any.
    let firsts = Dictionary(grouping: context.teaching.samples.indices) { context.teaching.rows[$0] }
    let order = firsts.values.flatMap { $0.enumerated().map { ($0.offset, $0.element) } }.sorted { $0 < $1 }
    var images: [SampleImage] = []
    for (_, place) in order where images.count < AugmentationSheet.mostRows {
      if let image = try context.crops.store.image(context.teaching.samples[place]) { images.append(image) }
    }
    return AugmentationSheet.make(images, pipeline: context.pipeline, alignment: recognizer.alignment)
  }
}
