import FaceModels
import Foundation
import Images
import Networks
import Synchronization
import Training

/// A way to make a photo worse.
enum Degradation: String, CaseIterable, Codable {
  case none, blur, dark, rotated, together

  /// The photo as a worse camera would have taken it; `index` decides which way it is turned and its noise.
  func apply(to image: Image, index: Int) -> Image {
    switch self {
    case .none:
      return image
    case .blur:
      return changed(image, index, blur: 4, light: 1, noise: 0)
    case .dark:
      return changed(image, index, blur: 0, light: 0.2, noise: 3)
    case .rotated:
      let angle = (index % 2 == 0 ? 20.0 : -20.0) * .pi / 180
      let (c, s) = (cos(angle), sin(angle))
      let (x, y) = (Double(image.width - 1) / 2, Double(image.height - 1) / 2)
      let turn = SimilarityTransform(a: c, b: s, tx: x - c * x + s * y, ty: y - s * x - c * y)
      return Warp.similarity(image, turn, width: image.width, height: image.height)
    case .together:
      return changed(Degradation.rotated.apply(to: image, index: index), index, blur: 3, light: 0.25, noise: 3)
    }
  }

  /// Units: pixels of a photo whose face is about 95 wide; a factor; values of 255.
  private func changed(_ image: Image, _ index: Int, blur: Double, light: Float, noise: Float) -> Image {
    var pixels = FloatPixels(image)
    if blur > 0 { Blur.gaussian(&pixels, deviation: blur) }
    var random = SeededRandom(seed: 1, [UInt64(index)])
    pixels.values.withUnsafeMutableBufferPointer { values in
      for place in values.indices { values[place] = values[place] * light + (noise > 0 ? noise * random.bell() : 0) }
    }
    return pixels.image
  }
}

/// A photo's face: what a gallery would keep of it, and its embedding.
struct PhotoFace: Codable {
  var person: String
  var crop: Data
  /// Box, then landmarks. Units: pixels of the crop.
  var numbers: [Double]
  var embedding: [Float]

  var face: DetectedFace {
    DetectedFace(
      x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3], score: 1,
      landmarks: stride(from: 4, to: 14, by: 2).map { Point(x: numbers[$0], y: numbers[$0 + 1]) })
  }
}

/// Finds and embeds the face of each photo, once: what was found is kept in a file of the cache folder.
struct PhotoReader {
  let detector: any FaceDetector
  let embedder: NetworkEmbedder
  let context: RunContext
  let cache: String?

  /// The face nearest to the middle of each photo; `nil` where none is found.
  func faces(_ files: [(person: String, path: String)], _ kind: Degradation, name: String) throws -> [PhotoFace?] {
    let place = cache.map { URL(fileURLWithPath: "\($0)/\(name)-\(kind.rawValue)-\(files.count).json") }
    if let place, let data = try? Data(contentsOf: place) {
      return try JSONDecoder().decode([PhotoFace?].self, from: data)
    }
    let found = try parallelMap(files.count, context) { index -> PhotoFace? in
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: files[index].path)))
      let photo = kind.apply(to: try ImageDecoder.decode(bytes).image, index: index)
      let middle = Point(x: Double(photo.width) / 2, y: Double(photo.height) / 2)
      func distance(_ face: DetectedFace) -> Double {
        let (dx, dy) = (face.x + face.width / 2 - middle.x, face.y + face.height / 2 - middle.y)
        return dx * dx + dy * dy
      }
      let faces = try detector.detect(photo, minFaceSize: 40, context: RunContext(pool: .serial))
      guard let face = faces.min(by: { distance($0) < distance($1) }), let kept = FaceCrop.cut(face, from: photo),
        let aligned = embedder.align(face, in: photo),
        let embedding = try embedder.embed([aligned], context: RunContext(pool: .serial)).first, embedding.isDirection
      else { return nil }
      return PhotoFace(
        person: files[index].person, crop: Data(try ImageEncoder.jpeg(kept.image, quality: 90)),
        numbers: [kept.face.x, kept.face.y, kept.face.width, kept.face.height]
          + kept.face.landmarks.flatMap { [$0.x, $0.y] }, embedding: embedding)
    }
    if let place { try JSONEncoder().encode(found).write(to: place) }
    return found
  }
}
