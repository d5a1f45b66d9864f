internal import Images

/// A face as a single-shot network proposes it, in pixels of the network's input and in float32, as its peers compute.
struct FaceProposal {
  var box: Edges
  var score: Float
  /// Five landmarks, x and y in turn; empty where the network has none.
  var points: [Float]

  /// The sides of a rectangle.
  struct Edges {
    var left: Float
    var top: Float
    var right: Float
    var bottom: Float

    var width: Float { right - left }
    var height: Float { bottom - top }
  }

  /// Whether all of it can be a place in a picture: damaged weights answer anything.
  var isSane: Bool {
    func isPlace(_ value: Float) -> Bool { abs(value) < 1e6 }
    return isPlace(box.left) && isPlace(box.top) && isPlace(box.right) && isPlace(box.bottom) && box.width > 0
      && box.height > 0 && score >= 0 && score.isFinite && points.allSatisfy(isPlace)
  }
}
