/// Why a crop is not learned.
package enum CaptureReason: String, Sendable, CaseIterable {
  /// As in ``FaceQuality/Reason``.
  case blurred, small, dark, bright, profile, edge
  /// Not where the track was expected.
  case jumped
  /// Not like the crops captured so far, or as much like somebody else.
  case disagrees
  /// Another face is near, or was a moment ago.
  case crowded
  /// Not surely a face, or one that cannot be aligned.
  case uncertain
  /// Nearly the same as one that was captured.
  case similar

  package init(_ reason: FaceQuality.Reason) {
    switch reason {
    case .blurred: self = .blurred
    case .small: self = .small
    case .dark: self = .dark
    case .bright: self = .bright
    case .profile: self = .profile
    case .edge: self = .edge
    }
  }
}
