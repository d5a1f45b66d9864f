/// A place in a picture. Units: pixels, x to the right, y down.
package struct Point: Equatable, Sendable {
  package var x: Double
  package var y: Double

  package init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }
}

/// Rotation, uniform scale and translation in the plane; never a reflection.
///
/// As a 2x3 matrix: `[a -b tx; b a ty]`, so that `x' = a x - b y + tx` and `y' = b x + a y + ty`.
package struct SimilarityTransform: Equatable, Sendable {
  /// Scale times the cosine of the angle.
  package let a: Double
  /// Scale times the sine of the angle.
  package let b: Double
  package let tx: Double
  package let ty: Double

  package init(a: Double, b: Double, tx: Double, ty: Double) {
    self.a = a
    self.b = b
    self.tx = tx
    self.ty = ty
  }

  /// The transform that changes nothing.
  package static let identity = SimilarityTransform(a: 1, b: 0, tx: 0, ty: 0)

  /// How much longer distances become.
  package var scale: Double { (a * a + b * b).squareRoot() }

  /// Where a point goes.
  package func apply(_ point: Point) -> Point {
    Point(x: a * point.x - b * point.y + tx, y: b * point.x + a * point.y + ty)
  }

  /// The way back; `nil` when the scale is zero or a number is not finite.
  package var inverse: SimilarityTransform? {
    let square = a * a + b * b
    guard square.isNormal, tx.isFinite, ty.isFinite else { return nil }
    let (c, s) = (a / square, -b / square)
    guard c.isFinite, s.isFinite else { return nil }
    return SimilarityTransform(a: c, b: s, tx: -(c * tx - s * ty), ty: -(s * tx + c * ty))
  }

  /// The transform that takes `source` closest to `target` in the least-squares sense.
  ///
  /// This is Umeyama's estimate (IEEE PAMI 13(4), 1991) with its guard against reflections. In the plane its singular
  /// value decomposition has a closed form: with centred points as complex numbers p and q, scale and rotation together
  /// are the sum of conj(p) q over the sum of |p|^2.
  ///
  /// Returns `nil` when the lists differ in length or have fewer than two points, when a coordinate is not finite, when
  /// all points of one list coincide, and when no rotation fits better than another (a pure mirror image).
  package static func estimate(from source: [Point], to target: [Point]) -> SimilarityTransform? {
    guard source.count == target.count, source.count >= 2, let (p, u) = centre(source), let (q, v) = centre(target)
    else { return nil }
    var (real, imaginary, sourceSpread, targetSpread) = (0.0, 0.0, 0.0, 0.0)
    for (p, q) in zip(p, q) {
      real += p.x * q.x + p.y * q.y
      imaginary += p.x * q.y - p.y * q.x
      sourceSpread += p.x * p.x + p.y * p.y
      targetSpread += q.x * q.x + q.y * q.y
    }
    // Rounding of the means leaves about this much of a list whose points coincide.
    let noise = 1e-24 * Double(source.count)
    guard sourceSpread.isNormal, targetSpread.isNormal,
      sourceSpread > noise * (u.x * u.x + u.y * u.y), targetSpread > noise * (v.x * v.x + v.y * v.y),
      (real * real + imaginary * imaginary).squareRoot() > 1e-9 * (sourceSpread * targetSpread).squareRoot()
    else { return nil }
    let (a, b) = (real / sourceSpread, imaginary / sourceSpread)
    let transform = SimilarityTransform(
      a: a, b: b, tx: v.x - (a * u.x - b * u.y), ty: v.y - (b * u.x + a * u.y))
    return transform.inverse == nil ? nil : transform
  }

  /// The points about their mean, and the mean; `nil` when a number is not finite.
  private static func centre(_ points: [Point]) -> (points: [Point], mean: Point)? {
    let count = Double(points.count)
    let mean = Point(x: points.reduce(0) { $0 + $1.x } / count, y: points.reduce(0) { $0 + $1.y } / count)
    guard mean.x.isFinite, mean.y.isFinite else { return nil }
    return (points.map { Point(x: $0.x - mean.x, y: $0.y - mean.y) }, mean)
  }
}
