internal import FaceModels
internal import Networks
package import Protocol

/// What `--profile` asks for.
package struct ProfileRequest: Sendable, Equatable {
  package let model: String
  /// Height and width in pixels; `nil` is the model's usual size.
  package let height: Int?
  package let width: Int?

  /// Sides a network may be given.
  private static let sides = 8...8192

  /// From `MODEL` or `MODEL:HEIGHTxWIDTH`; `nil` when it is neither.
  package init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":") else {
      guard !text.isEmpty else { return nil }
      (model, height, width) = (text, nil, nil)
      return
    }
    let sides = text[text.index(after: colon)...].split(separator: "x", omittingEmptySubsequences: false)
    guard colon != text.startIndex, sides.count == 2, let height = Int(sides[0]), let width = Int(sides[1]),
      Self.sides.contains(height), Self.sides.contains(width)
    else { return nil }
    (model, self.height, self.width) = (String(text[..<colon]), height, width)
  }
}

/// Runs an installed model on noise and says how long each of its layers takes.
package enum ModelProfiler {
  /// A table for each network of the model. Throws when the model is not there, cannot be run or not at that size.
  package static func report(_ request: ProfileRequest, settings: EngineSettings) throws(WireError) -> String {
    let store = ModelStore(
      folders: settings.modelFolders, policy: settings.licencePolicy, precision: settings.precision)
    let entry = try store.find(request.model)
    if let reason = settings.licencePolicy.refusal(of: entry.manifest) { throw WireError(.modelInvalid, reason) }
    let size: Extent? =
      if let height = request.height, let width = request.width { Extent(height: height, width: width) } else { nil }
    do {
      let network: any Sendable =
        switch try store.load(entry) {
        case .detector(let model): model.network
        case .recognizer(let model): model.network
        case .liveness(let model): model.network
        }
      guard let profiled = network as? any LayerProfiling else {
        throw ModelError(.invalid, "The model \(request.model) does not tell its layers apart.")
      }
      let profiles = try profiled.layerProfiles(size: size, pool: WorkPool(lanes: settings.threads))
      let precision = store.precision.choice(for: entry.manifest).precision.rawValue
      return profiles.map { profile in
        let name = profile.network.isEmpty ? "" : ", \(profile.network)"
        let threads = settings.threads == 1 ? "1 thread" : "\(settings.threads) threads"
        let title = "\(request.model)\(name): input \(profile.input), \(precision), \(threads)"
        return "\(title), medians of \(profile.runs) runs\n" + profile.steps.table()
      }.joined(separator: "\n\n")
    } catch let error as GraphError {
      throw WireError(.modelInvalid, error.message)
    } catch {
      throw ErrorMapping.wireError(for: error)
    }
  }
}
