package import Networks

extension Precision: Decodable {}

extension ModelManifest {
  /// Points of accuracy or average precision that a reduced precision may cost.
  private var largestLoss: Double { role == .detector ? 0.2 : 0.1 }

  /// Whether this architecture can be computed in another precision at all.
  private var isReducible: Bool { architecture != "mtcnn" && role != .liveness }

  /// Whether a precision was measured with this model and found to cost next to nothing; float32 always is.
  package func admits(_ precision: Precision) -> Bool { refusal(of: precision, isForced: false) == nil }

  /// Why a precision is not taken, for people; `nil` when it is.
  private func refusal(of precision: Precision, isForced: Bool) -> String? {
    guard precision != .float32 else { return nil }
    let name = precision.rawValue
    guard isReducible else { return "\(architecture == "mtcnn" ? "MTCNN is" : "Liveness models are") always float32" }
    if precision == .int8, ranges == nil {
      return "int8 needs ranges, which the manifest does not have; face-worker --calibrate measures them"
    }
    if isForced { return nil }
    guard let measured = (precisions ?? []).first(where: { $0.name == name }) else {
      return "\(name) was not measured with this model"
    }
    return measured.change >= -largestLoss
      ? nil : "\(name) changes its accuracy by \(measured.change) points; at most -\(largestLoss) is admitted"
  }

  /// What a model is computed in.
  package struct PrecisionChoice: Sendable, Hashable {
    package var precision: Precision
    /// Why it is not what was asked for, for people; `nil` when it is.
    package var reason: String?

    package init(precision: Precision, reason: String?) {
      (self.precision, self.reason) = (precision, reason)
    }
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
  ) -> PrecisionChoice {
    let choice = wanted ?? precision ?? .float32
    guard supported.contains(choice) else {
      return PrecisionChoice(
        precision: .float32, reason: "\(choice.rawValue) needs \(choice.instructions), which are not there")
    }
    let refusal = refusal(of: choice, isForced: isForced)
    return PrecisionChoice(precision: refusal == nil ? choice : .float32, reason: refusal)
  }

  /// The ranges for a plan; `nil` where the precision needs none. Throws `invalid` when they are missing.
  func activationRanges(for precision: Precision) throws(ModelError) -> ActivationRanges? {
    guard precision == .int8 else { return nil }
    guard let ranges else {
      throw ModelError(
        .invalid, "The manifest of \(id) has no ranges, which int8 needs; face-worker --calibrate measures them.",
        field: "ranges")
    }
    return ActivationRanges(
      bounds: ranges.values.compactMapValues {
        $0.count == 2 ? ActivationRanges.Bounds(low: $0[0], high: $0[1]) : nil
      }, kept: Set(ranges.kept ?? []))
  }
}
