import ArgumentParser
import Media

/// How a clip is read.
struct ReadingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "auto makes whole frames of those that are marked as interlaced, off leaves their two fields together.",
            valueName: "how"))
    var deinterlace = Deinterlacing.auto

    /// A stretch, read in this way.
    func selection(_ stretch: Selection = .all) -> Selection {
        var selection = stretch
        selection.deinterlacing = deinterlace
        return selection
    }
}
