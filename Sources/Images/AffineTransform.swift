/// Any linear map of the plane with a translation: reflections and unequal scales too.
///
/// As a 2x3 matrix: `[xx xy tx; yx yy ty]`, so that `x' = xx x + xy y + tx` and `y' = yx x + yy y + ty`.
package struct AffineTransform: Equatable, Sendable {
  package let xx: Double
  package let xy: Double
  package let tx: Double
  package let yx: Double
  package let yy: Double
  package let ty: Double

  package init(xx: Double, xy: Double, tx: Double, yx: Double, yy: Double, ty: Double) {
    self.xx = xx
    self.xy = xy
    self.tx = tx
    self.yx = yx
    self.yy = yy
    self.ty = ty
  }

  package init(_ similarity: SimilarityTransform) {
    self.init(
      xx: similarity.a, xy: -similarity.b, tx: similarity.tx, yx: similarity.b, yy: similarity.a, ty: similarity.ty)
  }

  /// The transform that changes nothing.
  package static let identity = AffineTransform(xx: 1, xy: 0, tx: 0, yx: 0, yy: 1, ty: 0)

  /// Where a point goes.
  package func apply(_ point: Point) -> Point {
    Point(x: xx * point.x + xy * point.y + tx, y: yx * point.x + yy * point.y + ty)
  }

  /// This transform first, `next` after it.
  package func followed(by next: AffineTransform) -> AffineTransform {
    let shift = next.apply(Point(x: tx, y: ty))
    return AffineTransform(
      xx: next.xx * xx + next.xy * yx, xy: next.xx * xy + next.xy * yy, tx: shift.x,
      yx: next.yx * xx + next.yy * yx, yy: next.yx * xy + next.yy * yy, ty: shift.y)
  }

  /// The way back; `nil` when the transform flattens the plane or a number is not finite.
  package var inverse: AffineTransform? {
    let determinant = xx * yy - xy * yx
    guard determinant.isNormal, tx.isFinite, ty.isFinite else { return nil }
    let (a, b, c, d) = (yy / determinant, -xy / determinant, -yx / determinant, xx / determinant)
    guard a.isFinite, b.isFinite, c.isFinite, d.isFinite else { return nil }
    return AffineTransform(xx: a, xy: b, tx: -(a * tx + b * ty), yx: c, yy: d, ty: -(c * tx + d * ty))
  }
}
