import FaceModels
import Foundation
import Networks
import OnnxImport
import Tensors
import WeightFiles

/// The networks this program can measure, told apart by what their files hold.
enum NetworkFile {
  static func graph(_ path: String, shape: Shape) throws -> Graph {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    if path.hasSuffix(".dat") { return try DlibResNet.graph(try DlibModel.read(bytes), side: shape[2]) }
    if path.hasSuffix(".onnx") { return try OnnxNetwork(OnnxBytes(bytes)).graph(inputShapes: [shape]) }
    let weights =
      path.hasSuffix(".safetensors") ? try Safetensors.read(bytes) : try TorchCheckpoint.read(bytes)
    if weights["conv4_1.weight"] != nil { return try CascadeNetworks.proposal(weights) }
    if weights["dense5_1.weight"] != nil { return try CascadeNetworks.refinement(weights) }
    if weights["dense6_1.weight"] != nil { return try CascadeNetworks.output(weights) }
    return try InceptionResnetV1.graph(weights)
  }
}
