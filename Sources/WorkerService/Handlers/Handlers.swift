internal import Protocol

extension HandlerRegistry {
  /// Every method that works on the engine; the session serves `ping`, `status` and `shutdown` itself.
  package init(engine: Engine) {
    self.init([
      CalibrateHandler(engine: engine), DetectHandler(engine: engine), EmbedHandler(engine: engine),
      EnrollHandler(engine: engine), EvaluateIdentificationHandler(engine: engine),
      EvaluateVerificationHandler(engine: engine), GalleryReembedHandler(engine: engine),
      IdentifyHandler(engine: engine),
      ModelsActivateHandler(engine: engine), ModelsImportHandler(engine: engine), ModelsListHandler(engine: engine),
      ModelsRollbackHandler(engine: engine), StreamCloseHandler(engine: engine), StreamFrameHandler(engine: engine),
      StreamLearnHandler(engine: engine), StreamOpenHandler(engine: engine), SubjectsGetHandler(engine: engine),
      SubjectsListHandler(engine: engine),
      SubjectsMergeHandler(engine: engine), SubjectsRemoveHandler(engine: engine),
      SubjectsRenameHandler(engine: engine), TrainHandler(engine: engine), TrainCancelHandler(engine: engine),
      VerifyHandler(engine: engine),
    ])
  }
}
