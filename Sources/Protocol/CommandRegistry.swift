/// The one list of the methods of this version.
public enum CommandRegistry {
  /// Every command, in the order of PROTOCOL.md.
  public static let all: [any Command.Type] = [
    Calibrate.self,
    Detect.self,
    Embed.self,
    Enroll.self,
    EvaluateIdentification.self,
    EvaluateVerification.self,
    GalleryReembed.self,
    Identify.self,
    ModelsActivate.self,
    ModelsImport.self,
    ModelsList.self,
    ModelsRollback.self,
    Ping.self,
    Shutdown.self,
    Status.self,
    StreamClose.self,
    StreamFrame.self,
    StreamLearn.self,
    StreamOpen.self,
    SubjectsGet.self,
    SubjectsList.self,
    SubjectsMerge.self,
    SubjectsRemove.self,
    SubjectsRename.self,
    Train.self,
    TrainCancel.self,
    Verify.self,
  ]

  /// The command of a method name.
  public static func command(named method: String) -> (any Command.Type)? {
    all.first { $0.method == method }
  }
}
