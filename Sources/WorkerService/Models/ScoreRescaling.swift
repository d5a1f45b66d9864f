internal import Protocol

/// Moves the thresholds and the calibration of a manifest to a network whose distances, 1 - score, are another multiple of the old ones.
struct ScoreRescaling {
  /// What is believed of a ratio that a training process measured.
  private static let sensible = 0.001...4.0
  private static let note = " (before the network was changed; moved with the distances between faces of one person)"

  let ratio: Double

  /// `nil` for what is no ratio.
  init?(ratio: Double) {
    guard ratio.isFinite, ratio > 0 else { return nil }
    self.ratio = min(max(ratio, Self.sensible.lowerBound), Self.sensible.upperBound)
  }

  /// A score of the old network as one of the new.
  func score(_ old: Double) -> Double { max(-1, 1 - ratio * (1 - old)) }

  /// Changes `thresholds` and `calibration`; what else a manifest holds stays.
  func apply(to members: inout [String: JSONValue]) {
    if case .array(let thresholds) = members["thresholds"] {
      members["thresholds"] = .array(thresholds.map { changing($0, "score", score) })
    }
    if let calibration = members["calibration"] {
      members["calibration"] = changing(changing(calibration, "midpoint", score), "slope") { $0 / ratio }
    }
  }

  private func changing(_ value: JSONValue, _ name: String, _ change: (Double) -> Double) -> JSONValue {
    guard case .object(var members) = value else { return value }
    switch members[name] {
    case .number(let old): members[name] = .number(change(old))
    case .integer(let old): members[name] = .number(change(Double(old)))
    default: return value
    }
    if case .string(let data) = members["data"], !data.hasSuffix(Self.note) {
      members["data"] = .string(data + Self.note)
    }
    return .object(members)
  }
}
