internal import Digests
internal import FaceModels
internal import FacePipeline
internal import GalleryStore
internal import Images
internal import Protocol

/// The work on one frame of a stream: find the faces, look at those that matter, connect them to tracks, decide who they
/// are, and offer them to the captures.
struct FrameStep {
  let engine: Engine
  let models: ActiveModels
  let settings: StreamSettings
  let context: RequestContext
  /// Which frame of the stream.
  let number: Int
  let attachment: InputAttachment

  /// The SHA-256 of the frame, once a crop of it is captured.
  private var digest: String?

  init(
    engine: Engine, models: ActiveModels, settings: StreamSettings, context: RequestContext, number: Int,
    attachment: InputAttachment
  ) {
    self.engine = engine
    self.models = models
    self.settings = settings
    self.context = context
    self.number = number
    self.attachment = attachment
  }

  mutating func run(
    _ scene: inout StreamScene, _ captures: [OpenCapture], timeMs: Double?, _ run: RunContext
  ) throws -> FrameTracks {
    let time = scene.time(timeMs, arrival: context.arrival)
    let picture = try attachment.picture(context, minFaceSize: settings.minFaceSize)
    let options = FaceOptions(minFaceSize: settings.minFaceSize, maxFaces: settings.maxFaces)
    var faces = try models.detect(picture, options, context, run)
    let decider = try LookDecider(engine, models, settings)
    context.setGeneration(decider.generation)
    scene.use(models.identity)

    var sightings = faces.map { Sighting($0, reduction: picture.reduction) }
    let captured = Set(captures.map(\.track))
    let wanted = scene.tracker.looksWanted(sightings, at: time) { track in
      if captured.contains(track.number) { return .needed }
      return scene.people[track.number]?.votes.isSettled ?? false ? .none : .useful
    }
    let looked = try models.embed(wanted.map { faces[$0] }, context, run)
    for (index, face) in zip(wanted, looked) {
      faces[index] = face
      sightings[index].look = face.embedding.flatMap {
        Look(embedding: $0, quality: face.quality.score, isClear: face.quality.reasons.isEmpty)
      }
    }
    let outcome = scene.tracker.update(sightings, at: time, bars: decider.bars)
    scene.forget(outcome.ended)
    try decide(&scene, sightings, outcome, decider)
    try context.checkpoint()
    try offer(faces, sightings, outcome, scene.tracker, captures, decider.bars, picture)
    return FrameTracks(
      image: picture.size, frame: number,
      tracks: zip(faces, outcome.numbers).enumerated().compactMap { index, pair in
        TrackedFace(
          pair.0, reduction: picture.reduction, track: scene.tracker[pair.1], person: scene.people[pair.1],
          isLooked: sightings[index].look != nil, time: time)
      },
      missing: outcome.missing, ended: outcome.ended, models: models.recognizing)
  }

  /// Votes on who the tracks of this frame are: the new looks, and all looks where the gallery or the models have changed.
  private func decide(
    _ scene: inout StreamScene, _ sightings: [Sighting], _ outcome: Tracker.Outcome, _ decider: LookDecider
  ) throws {
    var asked: [(track: Int, looks: [Look], isNew: Bool)] = []
    for (index, number) in outcome.numbers.enumerated() {
      guard let looks = scene.tracker[number]?.appearance.looks, let newest = looks.last else { continue }
      let person = scene.people[number]
      if person?.version != decider.version {
        asked.append((number, looks, false))
      } else if sightings[index].look != nil, outcome.tookLook[index] {
        asked.append((number, [newest], true))
      }
    }
    var decisions = try decider.decide(asked.flatMap(\.looks))[...]
    for (number, looks, isNew) in asked {
      let own = decisions.prefix(looks.count)
      decisions = decisions.dropFirst(looks.count)
      if isNew, let only = own.first, let look = looks.first {
        scene.people[number]?.add(only, quality: look.quality)
      } else {
        scene.people[number, default: .init()].decide(
          Array(own), qualities: looks.map(\.quality), version: decider.version)
      }
    }
  }

  // MARK: Captures

  private mutating func offer(
    _ faces: [AnalyzedFace], _ sightings: [Sighting], _ outcome: Tracker.Outcome, _ tracker: Tracker,
    _ captures: [OpenCapture], _ bars: SimilarityBars, _ picture: LoadedImage
  ) throws {
    for capture in captures {
      guard capture.recognizer == models.identity else {
        capture.fail(
          WireError(.modelMismatch, "The recognizer was replaced while the track was learned.", retry: .now))
        continue
      }
      if tracker[capture.track] == nil { capture.end(.trackEnded) }
      guard let index = outcome.numbers.firstIndex(of: capture.track) else { continue }
      let face = faces[index]
      let others = tracker.tracks.filter { $0.number != capture.track }
      let look = outcome.tookLook[index] ? sightings[index].look : nil
      let likestOther = look.flatMap { look in others.compactMap { $0.appearance.agreement(look) }.max() }
      let boxes =
        others.map { $0.predicted(at: tracker.time) }
        + sightings.indices.filter { $0 != index }.map { sightings[$0].box }
      try capture.offer(
        CaptureOffer(
          frame: number, faults: face.quality.reasons,
          isCertain: face.face.score >= models.pipeline.detector.certainScore && face.aligned != nil,
          expected: outcome.expected[index], isCrowded: Crowding.isCrowded(sightings[index].box, by: boxes),
          look: look, likestOther: likestOther), bars: bars
      ) { try crop(face, sightings[index].box, picture) }
    }
  }

  private mutating func crop(_ face: AnalyzedFace, _ box: FaceBox, _ picture: LoadedImage) throws -> CapturedCrop? {
    guard let embedding = face.embedding, let kept = try KeptCrop(of: face.face, in: picture.image) else { return nil }
    let digest = try self.digest ?? SHA256.hexadecimal(attachment.load().bytes)
    self.digest = digest
    let region = [box.x, box.y, box.width, box.height].map { String(Int(min(max($0, -1e9), 1e9).rounded())) }
    return CapturedCrop(
      embedding: embedding, quality: face.quality.score,
      source: TemplateSource(sha256: digest, region: region.joined(separator: ",")),
      picture: kept)
  }
}

extension Sighting {
  /// A face that was found and judged; `reduction` takes it to pixels of the full picture.
  init(_ face: AnalyzedFace, reduction: Double) {
    self.init(
      box: FaceBox(face.face.scaled(by: reduction)), isClear: face.quality.reasons.isEmpty,
      canLook: face.aligned != nil,
      thumbnail: face.aligned.map { FaceThumbnail(aligned: $0) })
  }
}

extension TrackedFace {
  /// `nil` when there is no such track.
  init?(
    _ analyzed: AnalyzedFace, reduction: Double, track: Track?, person: StreamScene.Person?, isLooked: Bool,
    time: Double
  ) {
    guard let track else { return nil }
    var face = Face(analyzed, reduction: reduction)
    let votes = person?.votes ?? IdentityVotes()
    face.candidates = person?.decisions.last?.candidates ?? []
    if track.isConfirmed, let elected = votes.elected {
      face.identity = person?.decisions.last { $0.identity?.subject == elected }?.identity
    }
    let newest = person?.decisions.last
    face.classifier = newest?.classifier
    if face.identity == nil { face.unknown = newest?.unknown }
    let shares = votes.shares
    self.init(
      track: track.number, confirmed: track.isConfirmed, age: track.sightings,
      ageMs: ((time - track.firstSeen) * 1_000_000).rounded() / 1_000, embedded: isLooked,
      votes: TrackVotes(
        looks: votes.ballots.count, unknown: Float(shares.first { $0.subject == nil }?.share ?? 0),
        subjects: shares.compactMap { share in
          share.subject.map { TrackVote(subject: $0, share: Float(share.share)) }
        }), face: face)
  }
}
