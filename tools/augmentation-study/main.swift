// Measures whether augmented training beats clean-only training when people have few photos and probes are bad: blurred,
// dark, turned by 20 degrees.
//
//   augmentation-study --shared DIR --models DIR [--recognizer ID] [--photos 3] [--seeds 5] [--half tune|report]
//     [--cache DIR] [--threads N] [--sheet FILE] [--time yes] [--calibration yes]
//
// The folder holds lfw-people and lfw-dev below data/. People are split in halves by the order of their names: strengths
// were tuned on one, the other one is reported. Prints a line of JSON for each variant.

import Decisions
import FaceModels
import Foundation
import Images
import Networks
import Tensors
import Training

let options = Options(CommandLine.arguments.dropFirst())
func option(_ name: String, _ standard: String) -> String { options.values["--" + name] ?? standard }

BLAS.useOneThread()
let shared = option("shared", ProcessInfo.processInfo.environment["FACE_WORKER_SHARED"] ?? "../shared")
let library = ModelLibrary(folders: [option("models", "models")])
let pool = WorkPool(lanes: Int(option("threads", "2")) ?? 2)
let context = RunContext(pool: pool)

func load(_ id: String, _ role: ModelManifest.Role) throws -> (ModelManifest, [[UInt8]]) {
  let entry = try library.find(id, role: role)
  let weights = try entry.manifest.files.map {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: entry.folder + "/" + $0.name)))
  }
  return (entry.manifest, weights)
}

let detectorModel = try load("mtcnn", .detector)
let detector = try Architectures.detector(detectorModel.0, weights: detectorModel.1)
let recognizerID = option("recognizer", "dlib-resnet-v1")
let recognizerModel = try load(recognizerID, .recognizer)
let recognizer = try Architectures.recognizer(recognizerModel.0, weights: recognizerModel.1)
let reader = PhotoReader(
  detector: detector, embedder: try recognizer.embedder(), context: context, cache: options.values["--cache"])

func files(_ folder: String) throws -> [(person: String, path: String)] {
  try FileManager.default.contentsOfDirectory(atPath: folder).sorted().flatMap { person in
    try FileManager.default.contentsOfDirectory(atPath: folder + "/" + person).sorted()
      .filter { $0.hasSuffix(".jpg") }.map { (person, folder + "/" + person + "/" + $0) }
  }
}

let peopleFiles = try files(shared + "/data/lfw-people")
let names = Array(Set(peopleFiles.map(\.person))).sorted()
let mostPhotos = Int(option("most-photos", "15")) ?? 15
let chosen = names.flatMap { name in peopleFiles.filter { $0.person == name }.prefix(mostPhotos) }
// One photo of each stranger first.
let strangerFiles = Dictionary(grouping: try files(shared + "/data/lfw-dev/images"), by: \.person)
  .filter { !names.contains($0.key) }.compactMap { $0.value.first }.sorted { $0.path < $1.path }
let strangers = Array(strangerFiles.prefix(Int(option("strangers", "500")) ?? 500))

var people: [Degradation: [PhotoFace?]] = [:]
var strangerFaces: [Degradation: [[Float]]] = [:]
for kind in Degradation.allCases {
  people[kind] = try reader.faces(chosen, kind, name: "people-" + recognizerID)
  guard kind != .none || options.values["--calibration"] != nil else { continue }
  strangerFaces[kind] = try reader.faces(strangers, kind, name: "strangers-" + recognizerID).compactMap {
    $0?.embedding
  }
}

let half = option("half", "report")
let ofHalf = names.indices.filter { half == "all" || ($0 % 2 == 0) == (half == "tune") }
let collection = Collection(
  people: ofHalf.map { position in
    let own = chosen.indices.filter { chosen[$0].person == names[position] }
    return (
      names[position],
      own.map { index in
        var faces: [Degradation: PhotoFace?] = [:]
        for kind in Degradation.allCases { if let face = people[kind]?[index] { faces[kind] = face } }
        return faces
      }
    )
  }, strangers: strangerFaces)

if let place = options.values["--sheet"] {
  let samples = collection.people.prefix(8).enumerated().compactMap { index, person -> SampleImage? in
    guard let face = person.photos[0][.none] ?? nil, let image = try? ImageDecoder.decode(Array(face.crop)).image else {
      return nil
    }
    return SampleImage(id: Int64(index), image: image, face: face.face)
  }
  if let sheet = AugmentationSheet.make(
    samples, pipeline: AugmentationPipeline(seed: 1), alignment: recognizer.alignment, draws: 10)
  {
    try Data(ImageEncoder.jpeg(sheet, quality: 90)).write(to: URL(fileURLWithPath: place))
  }
}

try Study(
  collection: collection, recognizer: recognizer, recognizerID: recognizerID, half: half,
  photos: Int(option("photos", "3")) ?? 3, seeds: UInt64(option("seeds", "5")) ?? 5, pool: pool,
  showsTimes: options.values["--time"] != nil, showsCalibration: options.values["--calibration"] != nil
).run(variants: option("variants", "clean,augmented").split(separator: ",").map(String.init))
