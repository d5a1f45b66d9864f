// swift-tools-version: 6.0

import PackageDescription

/// One strictness for every Swift target (see CONTRIBUTING.md).
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
  .target(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport"], exclude: exclude, swiftSettings: strict)
}

let package = Package(
  name: "face-worker",
  products: [
    .executable(name: "face-worker", targets: ["Worker"]),
    .executable(name: "face-supervisor", targets: ["FaceSupervisor"]),
    .library(name: "Protocol", targets: ["Protocol"]),
    .library(name: "Supervision", targets: ["Supervision"]),
  ],
  targets: [
    // MARK: C code of our own
    .target(
      name: "CImageCodecs", linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("png"), .linkedLibrary("m")]),
    .target(name: "CIsolation"),
    .target(name: "CKernels"),
    tests("KernelsTests", ["CKernels"]),

    // MARK: System libraries
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),

    // MARK: Calibration
    library("Calibration"),
    tests("CalibrationTests", ["Calibration"]),

    // MARK: Decisions
    library("Decisions", ["Calibration", "GalleryStore", "Tensors", "WeightFiles"]),
    tests("DecisionsTests", ["Decisions", "Calibration", "GalleryStore", "WeightFiles"]),

    // MARK: Digests
    library("Digests", ["CCrypto"]),
    tests("DigestsTests", ["Digests"]),

    // MARK: Evaluation
    library("Evaluation", ["Calibration"]),
    tests("EvaluationTests", ["Calibration", "Evaluation"], exclude: ["Fixtures"]),

    // MARK: FaceModels
    library("FaceModels", ["CKernels", "Images", "Networks", "OnnxImport", "Tensors", "WeightFiles"]),
    tests("FaceModelsTests", ["FaceModels", "Images", "Networks", "Tensors", "WeightFiles"], exclude: ["Fixtures"]),

    .executableTarget(
      name: "train-step", dependencies: ["FaceModels", "Networks", "Tensors", "WeightFiles"],
      path: "tools/train-step", swiftSettings: strict),

    .executableTarget(
      name: "network-speed", dependencies: ["FaceModels", "Networks", "OnnxImport", "Tensors", "WeightFiles"],
      path: "tools/network-speed", swiftSettings: strict),

    // MARK: FacePipeline
    library("FacePipeline", ["FaceModels", "GalleryStore", "Images", "Networks", "Tensors"]),
    tests("FacePipelineTests", ["FacePipeline", "FaceModels", "GalleryStore", "Images", "Networks"]),

    // MARK: Fuzzing, see CONTRIBUTING.md; `make fuzz` adds the program that libFuzzer drives
    library(
      "FuzzTargets",
      [
        "CKernels", "Decisions", "Digests", "FaceModels", "GalleryStore", "Images", "Networks", "OnnxImport",
        "Protocol", "Tensors", "TestSupport", "Training", "WeightFiles", "WorkerService",
      ], path: "Fuzzing/Targets"),
    tests("FuzzingTests", ["FuzzTargets"]),

    // MARK: GalleryStore
    library("GalleryStore", ["CKernels", "CSQLite", "Digests", "Tensors"]),
    tests("GalleryStoreTests", ["CKernels", "GalleryStore", "CSQLite"]),
    .executableTarget(
      name: "gallery-speed", dependencies: ["GalleryStore", "Networks"], path: "tools/gallery-speed",
      swiftSettings: strict),

    // MARK: Images
    library("Images", ["CImageCodecs", "CKernels"]),
    tests("ImagesTests", ["Digests", "Images"], exclude: ["Fixtures"]),

    // MARK: Networks
    library("Networks", ["CKernels", "Tensors"]),
    tests("NetworksTests", ["CKernels", "Networks", "Tensors", "WeightFiles"], exclude: ["Fixtures"]),

    // MARK: OnnxImport
    library("OnnxImport", ["Networks", "Tensors"]),
    tests(
      "OnnxImportTests", ["Images", "OnnxImport", "Networks", "Tensors", "onnx-run"], exclude: ["Fixtures"]),
    .executableTarget(
      name: "onnx-run", dependencies: ["Networks", "OnnxImport", "Tensors"], path: "tools/onnx-run",
      swiftSettings: strict),

    // MARK: Protocol
    library("Protocol"),
    tests("ProtocolTests", ["Protocol"]),

    // MARK: Supervision (example)
    library("Supervision", ["Digests", "Protocol", "Telemetry"], path: "examples/supervisor/Supervision"),
    .executableTarget(
      name: "FaceSupervisor", dependencies: ["Supervision"], path: "examples/supervisor/Command", swiftSettings: strict),
    tests("SupervisionTests", ["Supervision", "Protocol", "FaceSupervisor", "Telemetry"]),

    // MARK: Telemetry
    library("Telemetry"),
    tests("TelemetryTests", ["Telemetry"]),

    // MARK: Tensors
    library("Tensors", ["COpenBLAS"]),
    tests("TensorsTests", ["Tensors"]),

    // MARK: Training
    library(
      "Training",
      [
        "Calibration", "Decisions", "Digests", "FaceModels", "GalleryStore", "Images", "Networks", "Tensors",
        "WeightFiles",
      ]),
    tests("TrainingTests", ["Training", "Decisions", "FaceModels", "Images", "Networks", "Tensors", "WeightFiles"]),

    .executableTarget(
      name: "augmentation-study",
      dependencies: ["Decisions", "FaceModels", "Images", "Networks", "Tensors", "Training"],
      path: "tools/augmentation-study", swiftSettings: strict),

    // MARK: WeightFiles
    library("WeightFiles", ["Tensors"]),
    tests("WeightFilesTests", ["WeightFiles", "Tensors"], exclude: ["Fixtures"]),

    // MARK: Worker
    .executableTarget(
      name: "Worker",
      dependencies: [
        "CKernels", "GalleryStore", "Networks", "Protocol", "Telemetry", "Tensors", "WorkerService",
      ],
      swiftSettings: strict),
    tests("EndToEndTests", ["GalleryStore", "Images", "Networks", "Protocol", "Worker"]),

    // MARK: WorkerService
    library(
      "WorkerService",
      [
        "CIsolation", "CKernels", "Calibration", "Decisions", "Digests", "Evaluation", "FaceModels", "FacePipeline",
        "GalleryStore",
        "Images", "Networks", "Protocol", "Telemetry", "Tensors", "Training", "WeightFiles",
      ]),
    tests(
      "WorkerServiceTests",
      [
        "WorkerService", "Decisions", "Digests", "FaceModels", "GalleryStore", "Protocol", "Telemetry", "Tensors",
        "Training", "WeightFiles",
      ]),

    // MARK: Test support
    library("TestSupport", ["Protocol"], path: "Tests/TestSupport"),
  ]
)

if Context.environment["FACE_WORKER_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(name: "fuzz", dependencies: ["FuzzTargets"], path: "Fuzzing/Command", swiftSettings: strict))
}
