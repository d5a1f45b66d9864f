internal import Evaluation
internal import Glibc
internal import Protocol

/// The pairs of a verification, with where their photos are and whom they show.
struct PairList: Sendable {
  /// The largest file with a list, in bytes.
  private static let maxBytes = 128 << 20
  /// Tried in this order for photos whose list leaves the ending out.
  private static let endings = ["jpg", "jpeg", "png", "JPG", "PNG"]
  private static let maxGroups = 64

  let file: PairsFile
  let people: (numbers: [Int32], count: Int)
  /// The group of each photo, by its position; `nil` without groups.
  private let groups: [String?]?
  /// The folder of the photos, links resolved.
  private let folder: String

  /// Reads the list.
  ///
  /// - Throws: ``WireError`` `pathNotAllowed` and `badParams`.
  init(_ params: EvaluateVerification.Params, _ context: RequestContext) throws(WireError) {
    let bytes = try Self.read(params.pairs, "params.pairs", context)
    do {
      file = try PairsFile(bytes)
    } catch {
      throw .badParams(error.message, details: ["field": "params.pairs"])
    }
    people = file.people()
    folder = try context.paths.list(params.images, field: "params.images", limit: PhotoFinder.maxFiles).path
    if let path = params.groups {
      let table: PhotoGroups
      do {
        table = try PhotoGroups(Self.read(path, "params.groups", context), limit: Self.maxGroups)
      } catch let error as PairsFile.Problem {
        throw .badParams(error.message, details: ["field": "params.groups"])
      } catch {
        throw ErrorMapping.wireError(for: error)
      }
      groups = file.photos.map { table.group(of: $0.path) }
    } else {
      groups = nil
    }
  }

  private static func read(_ path: String, _ field: String, _ context: RequestContext) throws(WireError) -> [UInt8] {
    do {
      return try context.paths.read(path, maxBytes: maxBytes, name: field)
    } catch {
      let message =
        switch error.code {
        case .pathNotAllowed: "\(field) is not below a folder given with --allow-path."
        case .imageTooLarge: "\(field) is a file of more than \(maxBytes) bytes."
        default: "\(field) is no file that can be read."
        }
      throw WireError(
        error.code == .pathNotAllowed ? .pathNotAllowed : .badParams, message, details: ["field": .string(field)])
    }
  }

  /// Where a photo is; for one that is nowhere, where it was looked for first.
  func find(_ photo: PairsFile.Photo, _ paths: PathPolicy) -> FoundPhoto {
    let place = photo.path.hasPrefix("/") ? photo.path : folder + "/" + photo.path
    guard photo.lacksEnding else { return FoundPhoto(path: place, shown: photo.path) }
    for ending in Self.endings {
      guard let file = try? paths.openFile(place + "." + ending, name: "photo") else { continue }
      close(file.descriptor)
      return FoundPhoto(path: place + "." + ending, shown: photo.path + "." + ending)
    }
    return FoundPhoto(path: place + "." + Self.endings[0], shown: photo.path + "." + Self.endings[0])
  }

  /// Names of the people, as far as the list's folders tell.
  var names: Set<String> {
    Set(
      file.photos.compactMap { photo in
        photo.path.lastIndex(of: "/").map { slash in
          String(photo.path[..<slash].split(separator: "/").last ?? "")
        }
      })
  }

  /// Scores by kind.
  func set(_ trials: [Trial]) -> TrialSet {
    var set = TrialSet()
    for (pair, trial) in zip(file.pairs, trials) { set.add(trial, isGenuine: pair.isSame) }
    return set
  }

  /// The pairs whose photos are both of one group, by group; `nil` without groups.
  func grouped(_ trials: [Trial]) -> [(name: String, trials: TrialSet)]? {
    guard let groups else { return nil }
    var sets: [String: TrialSet] = [:]
    for (pair, trial) in zip(file.pairs, trials) {
      guard let group = groups[Int(pair.a)], group == groups[Int(pair.b)] else { continue }
      sets[group, default: TrialSet()].add(trial, isGenuine: pair.isSame)
    }
    return sets.keys.sorted().map { (name: $0, trials: sets[$0] ?? TrialSet()) }
  }

  func facts(_ params: EvaluateVerification.Params) -> [ReportHeader.Fact] {
    [
      .init("Face taken of several", (params.select ?? .center).rawValue),
      .init("Draws of people for intervals", "\(params.resamples ?? EvaluationJob.defaultResamples)"),
    ]
  }

  /// A line a pair.
  func csv(_ trials: [Trial], threshold: Float) -> [UInt8] {
    var csv = CSVText(["a", "b", "same", "score", "match"])
    for (pair, trial) in zip(file.pairs, trials) {
      csv.add([
        file.photos[Int(pair.a)].path, file.photos[Int(pair.b)].path, pair.isSame ? "1" : "0",
        trial.score.isFinite ? "\(trial.score)" : "", trial.score >= threshold ? "1" : "0",
      ])
    }
    return csv.bytes
  }
}
