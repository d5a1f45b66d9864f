internal import Foundation
package import Images

/// Where a face looks, estimated from its five landmarks.
///
/// Units: degrees. `yaw` is positive when the face turns to the image's right, `pitch` when it looks up, `roll` when the
/// head leans clockwise in the image.
package struct FacePose: Sendable, Equatable {
  package var yaw: Double
  package var pitch: Double
  package var roll: Double

  /// An average adult face, in units of the distance between the eyes: x to the image's right, y down, z to the viewer.
  private static let model: [(x: Double, y: Double, z: Double)] = [
    (-0.5, 0, 0), (0.5, 0, 0), (0, 0.60, 0.46), (-0.40, 1.08, 0.10), (0.40, 1.08, 0.10),
  ]
  /// What the estimate says of a face that looks straight ahead: MTCNN's points against the model above.
  private static let straightPitch = 0.0

  /// Fits a scaled orthographic camera to the landmarks (least squares over the model's points), `nil` when they are
  /// degenerate. Reference: DeMenthon and Davis 1995, the first iteration of POSIT.
  package init?(landmarks: [Point]) {
    guard landmarks.count == Self.model.count else { return nil }
    let count = Double(landmarks.count)
    let center = landmarks.reduce((x: 0.0, y: 0.0)) { ($0.x + $1.x / count, $0.y + $1.y / count) }
    let middle = Self.model.reduce((x: 0.0, y: 0.0, z: 0.0)) {
      ($0.x + $1.x / count, $0.y + $1.y / count, $0.z + $1.z / count)
    }
    // Normal equations of landmark = scale * rows * model, three unknowns a row.
    var normal = [[Double]](repeating: [0, 0, 0], count: 3)
    var rightX = [0.0, 0, 0]
    var rightY = [0.0, 0, 0]
    for (point, corner) in zip(landmarks, Self.model) {
      let p = [corner.x - middle.x, corner.y - middle.y, corner.z - middle.z]
      for i in 0..<3 {
        for j in 0..<3 { normal[i][j] += p[i] * p[j] }
        rightX[i] += p[i] * (point.x - center.x)
        rightY[i] += p[i] * (point.y - center.y)
      }
    }
    guard let i = Self.solve(normal, rightX), let j = Self.solve(normal, rightY) else { return nil }
    let lengthI = (i[0] * i[0] + i[1] * i[1] + i[2] * i[2]).squareRoot()
    let lengthJ = (j[0] * j[0] + j[1] * j[1] + j[2] * j[2]).squareRoot()
    guard lengthI > 1e-9, lengthJ > 1e-9, lengthI.isFinite, lengthJ.isFinite else { return nil }
    let (a, b) = (i.map { $0 / lengthI }, j.map { $0 / lengthJ })
    let degrees = 180 / Double.pi
    yaw = atan2(a[2], (a[0] * a[0] + a[1] * a[1]).squareRoot()) * degrees
    pitch = -atan2(b[2], (b[0] * b[0] + b[1] * b[1]).squareRoot()) * degrees - Self.straightPitch
    roll = atan2(landmarks[1].y - landmarks[0].y, landmarks[1].x - landmarks[0].x) * degrees
  }

  /// Cramer's rule for a 3 x 3 system.
  private static func solve(_ m: [[Double]], _ v: [Double]) -> [Double]? {
    func determinant(_ m: [[Double]]) -> Double {
      m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
        + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    }
    let whole = determinant(m)
    guard abs(whole) > 1e-12 else { return nil }
    return (0..<3).map { column in
      var replaced = m
      for row in 0..<3 { replaced[row][column] = v[row] }
      return determinant(replaced) / whole
    }
  }
}
