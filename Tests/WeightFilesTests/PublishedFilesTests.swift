import Foundation
import Tensors
import Testing
import WeightFiles

/// Reads the files people use, where they are at hand: those that `make models` installs, and those beside the
/// repository.
@Suite("Published weight files")
struct PublishedFilesTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The bytes of an installed file, or of one in the shared folder; says why when there is none.
  private func bytes(installed: String? = nil, shared: String? = nil) throws -> [UInt8]? {
    let folder =
      ProcessInfo.processInfo.environment["FACE_WORKER_SHARED"].map { URL(filePath: $0) }
      ?? Self.root.deletingLastPathComponent().appending(path: "shared")
    let url =
      installed.map { Self.root.appending(path: "models").appending(path: $0) }
      ?? folder.appending(path: "models").appending(path: shared ?? "")
    guard FileManager.default.fileExists(atPath: url.path) else {
      print("skipped: there is no \(installed.map { "models/" + $0 } ?? shared ?? "file")")
      return nil
    }
    return Array(try Data(contentsOf: url))
  }

  @Test(
    "MTCNN's networks",
    arguments: [
      ("pnet.pt", 13, "conv1.weight", [10, 3, 3, 3]), ("rnet.pt", 16, "dense5_2.weight", [4, 128]),
      ("onet.pt", 21, "dense6_3.bias", [10]),
    ])
  func mtcnn(file: String, count: Int, name: String, shape: [Int]) throws {
    guard let bytes = try bytes(installed: "mtcnn/" + file) else { return }
    let tensors = try TorchCheckpoint.read(bytes)
    #expect(tensors.names.count == count)
    #expect(tensors[name].map(\.shape.dimensions) == shape)
  }

  @Test func dlibFaceRecognitionNetwork() throws {
    guard let bytes = try bytes(installed: "dlib-resnet-v1/dlib_face_recognition_resnet_model_v1.dat") else { return }
    let model = try DlibModel.read(bytes)
    var convolutions = 0
    var affines = 0
    var sums = 0
    for layer in model.layers {
      switch layer {
      case .convolution(let convolution):
        convolutions += 1
        #expect(convolution.padding.rows == (convolution.stride.rows == 1 ? 1 : 0))
        #expect(convolution.bias != nil)
      case .affine: affines += 1
      case .addTagged: sums += 1
      case .input(let input):
        let size: DlibLayer.Size? = input.size
        #expect(size?.rows == 150 && size?.columns == 150)
      case .fullyConnected(let connected): #expect(connected.weights.shape.dimensions == [256, 128])
      case .relu, .maxPool, .averagePool, .averagePoolEverything, .tag, .skip: break
      }
    }
    #expect(convolutions == 29 && affines == 29 && sums == 14)
    #expect(model.distanceThreshold == 0.6)
  }

  @Test(
    "Other people's checkpoints",
    arguments: [
      ("retinaface_mobilenet0.25.pth", "body.stage1.0.0.weight", [8, 3, 3, 3]),
      ("2.7_80x80_MiniFASNetV2.pth", "conv1.conv.weight", [32, 3, 3, 3]),
      ("4_0_0_80x80_MiniFASNetV1SE.pth", "conv1.conv.weight", [32, 3, 3, 3]),
    ])
  func shared(file: String, name: String, shape: [Int]) throws {
    guard let bytes = try bytes(shared: file) else { return }
    let tensors = try TorchCheckpoint.read(bytes).stateDictionary()
    #expect(tensors[name].map(\.shape.dimensions) == shape)
    #expect(tensors.names.allSatisfy { tensors[$0]?.values.allSatisfy(\.isFinite) == true })
  }
}
