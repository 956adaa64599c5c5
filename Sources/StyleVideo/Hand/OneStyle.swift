public import SystemPackage

// Jobs of one style, as it is trained.

extension VideoJob {
    /// The output is `defaultOutput` where none is named.
    public init(input: FilePath, style: FilePath, output: FilePath? = nil, settings: Settings = Settings()) {
        self.init(input: input, hand: Hand([style]), output: output, settings: settings)
    }
}

extension PreviewJob {
    public init(input: FilePath, style: FilePath, output: FilePath, moment: Double, settings: Settings = Settings()) {
        self.init(input: input, hand: Hand([style]), output: output, moment: moment, settings: settings)
    }
}

extension ImageJob {
    public init(input: FilePath, style: FilePath, output: FilePath, settings: Settings = Settings()) {
        self.init(input: input, hand: Hand([style]), output: output, settings: settings)
    }
}
