public import Machine
public import Media
public import Pipeline
public import StyleKernel
public import SystemPackage

// The names of other targets that a job's own signatures use, so that `import StyleVideo` is enough.

public typealias Selection = Media.Selection
public typealias SoundChoice = Media.SoundChoice
public typealias SubtitleChoice = Media.SubtitleChoice
public typealias EncoderSettings = Media.EncoderSettings
public typealias Cancellation = Pipeline.Cancellation
public typealias Preset = StyleKernel.Configuration.Preset
public typealias Trouble = Machine.Trouble
public typealias TroubleKind = Machine.TroubleKind
public typealias Remedy = Machine.Remedy
public typealias FilePath = SystemPackage.FilePath
