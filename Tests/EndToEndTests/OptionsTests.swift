import GalleryStore
import Networks
import Testing

@testable import Worker

/// The command line, without starting a process.
@Suite struct OptionsTests {
  @Test func everyOptionIsRead() throws {
    let options = try Options([
      "--models", "a", "--models=b", "--data", "d", "--media", "m", "--media-url", "http://x/y", "--detector", "mtcnn",
      "--recognizer", "dlib-resnet-v1", "--threads", "3", "--allow-path", "/p", "--allow-path", "/q", "--json-lines",
      "--log-level", "debug", "--max-pixels", "1000", "--keep-crops", "off",
      "--precision", "float32", "--force-precision",
      "--gallery-index", "exact", "--metrics", "m.prom", "--metrics-label", "host=a=b", "--metrics-label=rack=1",
    ])
    #expect(options.metrics == "m.prom")
    #expect(options.metricLabels.map(\.name) == ["host", "rack"])
    #expect(options.metricLabels.map(\.value) == ["a=b", "1"])
    #expect(options.models == ["a", "b"])
    #expect(options.data == .folder("d"))
    #expect(options.media == "m")
    #expect(options.mediaURL == "http://x/y")
    #expect(options.threads == 3)
    #expect(options.allowedPaths == ["/p", "/q"])
    #expect(options.usesJSONLines)
    #expect(options.maxPixels == 1000)
    #expect(!options.keepsCrops)
    #expect(options.precision == .float32 && options.forcesPrecision)
    #expect(try Options([]).precision == nil && !Options([]).forcesPrecision)
    #expect(options.galleryIndex == .exact)
    #expect(try Options([]).galleryIndex == .auto)
    #expect(try Options(["--keep-crops", "on"]).keepsCrops && Options([]).keepsCrops)
    #expect(try Options(["--data", ":memory:"]).data == .memory)
  }

  @Test(arguments: [
    ["--nonsense"], ["--threads"], ["--threads", "zero"], ["--threads", "0"], ["--threads", "99999999999999999999"],
    ["--log-level", "loud"], ["--models", ""], ["photo.jpg"], ["--max-pixels", "-1"],
    ["--keep-crops", "maybe"], ["--keep-crops"], ["--precision", "int4"], ["--precision"],
    ["--gallery-index", "fast"], ["--gallery-index"], ["--metrics"], ["--metrics-label", "x"],
    ["--metrics-label", "method=x"], ["--metrics-label", "9=x"], ["--instruction-set", "sse2"], ["--instruction-set"],
    ["--instruction-set", "wideOnAVX2"],
  ])
  func whatIsNotUnderstoodIsNamed(_ arguments: [String]) {
    let problem = #expect(throws: Options.Problem.self) { try Options(arguments) }
    #expect(problem?.message.contains(arguments[0]) == true)
  }

  @Test func aPrecisionTheProcessorLacksIsRefusedWithWhatThereIs() throws {
    if Precision.bfloat16.isSupported {
      #expect(try Options(["--precision", "bf16"]).precision == .bfloat16)
    } else {
      let problem = #expect(throws: Options.Problem.self) { try Options(["--precision", "bf16"]) }
      #expect(problem?.message.contains("AVX512_BF16") == true && problem?.message.contains("float32") == true)
    }
  }

  @Test func aSetOfInstructionsIsForced() throws {
    #expect(try Options([]).instructionSet == nil)
    #expect(try Options([], environment: [InstructionSet.variable: "base"]).instructionSet == .base)
    #expect(try Options([], environment: [InstructionSet.variable: ""]).instructionSet == nil)
    #expect(throws: Options.Problem.self) { try Options([], environment: [InstructionSet.variable: "mmx"]) }
    for set in InstructionSet.offered {
      // The option goes before the variable.
      let arguments = ["--instruction-set", set.rawValue]
      if set.isSupported {
        #expect(try Options(arguments, environment: [InstructionSet.variable: "base"]).instructionSet == set)
      } else {
        let problem = #expect(throws: Options.Problem.self) { try Options(arguments) }
        #expect(problem?.message.contains("supported here: base") == true)
      }
    }
    if Precision.bfloat16.isSupported {
      let problem = #expect(throws: Options.Problem.self) {
        try Options(["--precision", "bf16", "--instruction-set", "base"])
      }
      #expect(problem?.message.contains("AVX512_BF16") == true)
    }
  }

  @Test func foldersFollowTheEnvironment() throws {
    let plain = try Options([])
    #expect(plain.dataFolder(environment: ["XDG_DATA_HOME": "/x", "HOME": "/h"]) == "/x/face-worker")
    #expect(plain.dataFolder(environment: ["HOME": "/h"]) == "/h/.local/share/face-worker")
    #expect(try Options(["--data", ":memory:"]).dataFolder(environment: ["HOME": "/h"]) == nil)
    #expect(plain.modelFolders(environment: ["FACE_WORKER_MODELS": "/a:/b"], executable: "/bin/x") == ["/a", "/b"])
    #expect(
      plain.modelFolders(environment: [:], executable: "/opt/bin/face-worker") == ["/opt/share/face-worker/models"])
  }
}

/// Which OpenBLAS kernels to ask for.
@Suite struct ProcessorSetupTests {
  @Test(arguments: [
    ("Haswell", true, "SkylakeX"), ("Zen", true, "SkylakeX"), ("SkylakeX", true, nil), ("Cooperlake", true, nil),
    ("SapphireRapids", true, nil), ("Zen", false, nil), ("Haswell", false, nil),
  ])
  func aMisjudgedProcessorGetsBetterKernels(_ chosen: String, _ hasAVX512: Bool, _ expected: String?) {
    #expect(ProcessorSetup.betterCoreType(chosen: chosen, hasAVX512: hasAVX512) == expected)
  }

  @Test func aForcedSetHoldsForBLASToo() {
    for (set, expected) in [(InstructionSet.base, "Prescott"), (.avx2, "Haswell"), (.avx512, "SkylakeX")] {
      #expect(ProcessorSetup.betterCoreType(chosen: "Zen", hasAVX512: set == .avx512, forced: set) == expected)
    }
  }
}
