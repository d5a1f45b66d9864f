import Testing

/// Everything that is tested against the real program on real photos. One suite after the other: they measure time and
/// memory, and each keeps both cores busy.
@Suite(.serialized, .enabled(if: Installation.isComplete, Installation.missing)) enum EndToEnd {}
