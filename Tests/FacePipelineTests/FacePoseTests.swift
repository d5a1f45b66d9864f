import FacePipeline
import Foundation
import Images
import Testing

@Suite struct FacePoseTests {
  /// Eyes, nose tip and mouth corners of a face that looks at the viewer: x to the image's right, y down, z to the viewer.
  static let points = [(-0.5, 0.0, 0.0), (0.5, 0, 0), (0, 0.60, 0.46), (-0.40, 1.08, 0.10), (0.40, 1.08, 0.10)]

  /// The face turned to the image's right by `yaw`, then up by `pitch`, then clockwise by `roll`, seen from far away.
  static func landmarks(
    yaw: Double = 0, pitch: Double = 0, roll: Double = 0, eyes: Double = 60, at center: Point = Point(x: 200, y: 150)
  ) -> [Point] {
    let (a, b, c) = (yaw * .pi / 180, pitch * .pi / 180, roll * .pi / 180)
    return points.map { x, y, z in
      let turned = (x: cos(a) * x + sin(a) * z, y: y, z: -sin(a) * x + cos(a) * z)
      let raised = (x: turned.x, y: cos(b) * turned.y - sin(b) * turned.z)
      return Point(
        x: center.x + eyes * (cos(c) * raised.x - sin(c) * raised.y),
        y: center.y + eyes * (sin(c) * raised.x + cos(c) * raised.y))
    }
  }

  @Test func aStraightFaceLooksStraight() throws {
    let pose = try #require(FacePose(landmarks: Self.landmarks()))
    #expect(abs(pose.yaw) < 0.01 && abs(pose.pitch) < 0.01 && abs(pose.roll) < 0.01)
  }

  @Test("One turn at a time comes back", arguments: [-60.0, -45, -20, -5, 5, 20, 45, 60])
  func oneTurn(degrees: Double) throws {
    let yawed = try #require(FacePose(landmarks: Self.landmarks(yaw: degrees)))
    #expect(abs(yawed.yaw - degrees) < 0.5 && abs(yawed.pitch) < 0.5 && abs(yawed.roll) < 0.5)
    let raised = try #require(FacePose(landmarks: Self.landmarks(pitch: degrees)))
    #expect(abs(raised.pitch - degrees) < 0.5 && abs(raised.yaw) < 0.5 && abs(raised.roll) < 0.5)
    let rolled = try #require(FacePose(landmarks: Self.landmarks(roll: degrees)))
    #expect(abs(rolled.roll - degrees) < 0.5)
  }

  @Test("Two moderate turns come back within a few degrees", arguments: [-30.0, -15, 15, 30], [-20.0, -10, 10, 20])
  func yawAndPitch(yaw: Double, pitch: Double) throws {
    let pose = try #require(FacePose(landmarks: Self.landmarks(yaw: yaw, pitch: pitch)))
    #expect(abs(pose.yaw - yaw) < 4, "\(pose)")
    #expect(abs(pose.pitch - pitch) < 4, "\(pose)")
  }

  /// What the words mean, without any formula: only the nose moves.
  @Test func signsAreAsDocumented() throws {
    func pose(noseX: Double, noseY: Double) throws -> FacePose {
      var landmarks = Self.landmarks()
      landmarks[2].x += noseX
      landmarks[2].y += noseY
      return try #require(FacePose(landmarks: landmarks))
    }
    #expect(try pose(noseX: 10, noseY: 0).yaw > 5, "the nose to the image's right: looks to the right of the image")
    #expect(try pose(noseX: -10, noseY: 0).yaw < -5)
    #expect(try pose(noseX: 0, noseY: -10).pitch > 5, "the nose up: looks up")
    #expect(try pose(noseX: 0, noseY: 10).pitch < -5)
    var leaning = Self.landmarks()
    leaning[1].y += 15
    #expect(try #require(FacePose(landmarks: leaning)).roll > 10, "the eye at the image's right is lower: clockwise")
  }

  @Test func sizeAndPlaceDoNotMatter() throws {
    let near = try #require(FacePose(landmarks: Self.landmarks(yaw: 25, pitch: -10, roll: 8)))
    let far = try #require(
      FacePose(landmarks: Self.landmarks(yaw: 25, pitch: -10, roll: 8, eyes: 6, at: Point(x: -900, y: 4000))))
    #expect(abs(near.yaw - far.yaw) < 1e-6 && abs(near.pitch - far.pitch) < 1e-6 && abs(near.roll - far.roll) < 1e-6)
  }

  @Test func aMirrorImageLooksTheOtherWay() throws {
    let landmarks = Self.landmarks(yaw: 30, pitch: 12, roll: 6)
    let mirrored = [1, 0, 2, 4, 3].map { Point(x: 400 - landmarks[$0].x, y: landmarks[$0].y) }
    let pose = try #require(FacePose(landmarks: landmarks))
    let other = try #require(FacePose(landmarks: mirrored))
    #expect(
      abs(pose.yaw + other.yaw) < 1e-6 && abs(pose.pitch - other.pitch) < 1e-6 && abs(pose.roll + other.roll) < 1e-6)
  }

  @Test func degenerateLandmarksHaveNoPose() {
    let same = Array(repeating: Point(x: 5, y: 5), count: 5)
    let broken = Array(repeating: Point(x: .nan, y: 5), count: 5)
    let endless = Self.landmarks().dropLast() + [Point(x: .infinity, y: 0)]
    for landmarks in [same, broken, Array(endless), [], Array(Self.landmarks().prefix(4))] {
      #expect(FacePose(landmarks: landmarks) == nil)
    }
  }
}
