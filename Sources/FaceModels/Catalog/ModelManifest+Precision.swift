package import Networks

extension Precision: Decodable {}

extension ModelManifest {
  /// Points of accuracy or average precision that a reduced precision may cost.
  private var largestLoss: Double { role == .detector ? 0.2 : 0.1 }

  /// Whether this architecture can be computed in another precision at all.
  private var isReducible: Bool { architecture != "mtcnn" && role != .liveness }

  /// Whether a precision was measured with this model and found to cost next to nothing; float32 always is.
  package func admits(_ precision: Precision) -> Bool {
    guard precision != .float32 else { return true }
    return isReducible
      && (precisions ?? []).contains { $0.name == precision.rawValue && $0.change >= -largestLoss }
  }

  /// The precision to run in.
  ///
  /// - Parameters:
  ///   - wanted: what the command line asks for; `nil` leaves it to the manifest.
  ///   - isForced: whether it is taken without a measurement too.
  ///   - supported: what the processor has.
  /// - Returns: float32 unless another is wanted, had, and admitted or forced.
  package func precision(
    wanted: Precision?, isForced: Bool, supported: [Precision] = Precision.supported
  ) -> Precision {
    let choice = wanted ?? precision ?? .float32
    guard isReducible, supported.contains(choice), admits(choice) || isForced else { return .float32 }
    return choice
  }
}
