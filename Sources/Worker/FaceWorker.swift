import Foundation
import Networks
import Protocol
import Tensors
import WorkerService

/// The process: reads its options, opens the engine, hands the streams to a session.
@main
struct FaceWorker {
  /// Exit statuses of sysexits.h.
  private enum Exit {
    static let usage: Int32 = 64
    static let unavailable: Int32 = 69
  }

  static func main() {
    let options: Options
    do {
      options = try Options(
        Array(CommandLine.arguments.dropFirst()), environment: ProcessInfo.processInfo.environment)
    } catch let problem as Options.Problem {
      complain("face-worker: \(problem.message)")
      exit(Exit.usage)
    } catch {
      exit(Exit.usage)
    }
    options.instructionSet?.force()
    switch options.action {
    case .help:
      print(Options.usage)
    case .version:
      print("face-worker \(WorkerVersion.current) (FWP/\(ProtocolVersion.wire))")
    case .train(let worker):
      ProcessorSetup.prepare(forced: options.instructionSet)
      exit(Trainer.run(worker: worker))
    case .profile(let request):
      ProcessorSetup.prepare(forced: options.instructionSet)
      exit(profile(request, options))
    case .calibrate(let model):
      ProcessorSetup.prepare(forced: options.instructionSet)
      exit(calibrate(model, options))
    case .check, .serve:
      ProcessorSetup.prepare(forced: options.instructionSet)
      exit(serve(options))
    }
  }

  /// Writes a message for people to stderr.
  private static func complain(_ message: String) {
    FileHandle.standardError.write(Data((message + "\n").utf8))
  }

  private static func profile(_ request: ProfileRequest, _ options: Options) -> Int32 {
    do {
      let launch = try Launch(options, log: Log(level: .error))
      print(try ModelProfiler.report(request, settings: launch.settings))
      return 0
    } catch let error as WireError {
      complain("face-worker: \(error.message)")
    } catch {
      complain("face-worker: \(error)")
    }
    return Exit.unavailable
  }

  private static func calibrate(_ model: String, _ options: Options) -> Int32 {
    do {
      let launch = try Launch(options, log: Log(level: .error))
      print(try ModelCalibrator.run(model, photos: options.photos ?? "", settings: launch.settings))
      return 0
    } catch let error as WireError {
      complain("face-worker: \(error.message)")
    } catch {
      complain("face-worker: \(error)")
    }
    return Exit.unavailable
  }

  private static func serve(_ options: Options) -> Int32 {
    let isCheck = options.action == .check
    if !isCheck, StandardStreams.inputIsTerminal, !options.usesJSONLines {
      complain(
        "face-worker speaks frames with the program that spawns it; to try it by hand use --json-lines.\n"
          + Options.usage)
      return Exit.usage
    }
    let streams: StandardStreams?
    do {
      streams = isCheck ? nil : try StandardStreams.takeOver()
    } catch {
      complain("face-worker: \(error)")
      return Exit.unavailable
    }
    let log = Log(level: LogLevel(rawValue: options.logLevel) ?? .info)
    do {
      let launch = try Launch(options, log: log)
      defer { launch.cleanUp() }
      let isolation = try launch.isolate()
      let engine = try Engine(launch.settings)
      try SelfTest.run(engine)
      if isCheck {
        print(launch.report(engine, isolation: isolation))
        return 0
      }
      guard let streams else { return Exit.unavailable }
      let session = try Session(
        configuration: launch.configuration(engine, log: log), handlers: HandlerRegistry(engine: engine),
        ready: launch.ready(engine, isolation: isolation), input: streams.input, output: streams.output)
      engine.announce { [weak session] in session?.announce($0) }
      let status = session.run()
      engine.close()
      return status
    } catch let error as WireError {
      log(.error, "startFailed", ["code": .string(error.code.rawValue), "message": .string(error.message)])
      if isCheck { complain("face-worker: \(error.message)") }
      return Exit.unavailable
    } catch {
      log(.error, "startFailed", ["message": .string("\(error)")])
      return Exit.unavailable
    }
  }
}
