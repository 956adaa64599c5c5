import ArgumentParser
import Machine
import Media
import StyleVideo
import SystemPackage

/// `stylevideo info FILE`: what a clip holds and what painting it would take.
struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Show a clip's streams, frames and scenes, and what painting it would take.")

    @Argument(help: "The clip.", completion: .file())
    var input: String

    @OptionGroup(title: "Painting") var quality: QualityOption

    @OptionGroup(title: "Painting") var painting: PaintingOptions

    @OptionGroup(title: "Painting") var clipPainting: ClipPaintingOptions

    @OptionGroup(title: "The stretch to look at; it is then treated as the whole clip") var stretch: StretchOptions

    @OptionGroup(title: "Reading") var reading: ReadingOptions

    @OptionGroup var talk: TalkOptions

    func run() throws {
        let clip = try reading.input(input, output: nil)
        let talk = try Talk(
            Self.self, Subject(inputs: [input]), talk, .clip(EncoderSettings()), painting.threading)
        try talk.report(isData: true) {
            var job = InfoJob(input: clip, settings: painting.settings(clipPainting))
            job.selection = reading.selection(stretch.selection)
            return try job.run(talk.run(painting.threading))
        } text: {
            $0.text
        }
    }
}

extension InfoReport {
    var text: String {
        var lines = ["\(printable(file)): \(container)" + (seconds.map { ", \(Figure.moment($0))" } ?? "")]
        lines += streams.map(line)
        lines.append("frames: \(frames) in \(Figure.count(sceneStarts.count, "scene"))")
        if sceneStarts.count > 1 {
            lines.append("scenes begin at frames \(sceneStarts.map(String.init).joined(separator: ", "))")
        }
        lines += notices.map { "note: \(printable($0))" }
        lines.append(
            "painting it with \(plan.preset) at \(plan.width) x \(plan.height) on "
                + "\(Figure.count(plan.threads, "thread")): about \(Figure.clock(plan.seconds)) "
                + "(\(Figure.fixed(plan.secondsPerFrame, 2)) s a frame, from \(plan.timedFrames) timed), "
                + "about \(Figure.bytes(plan.outputBytes)) of disk")
        return lines.joined(separator: "\n")
    }

    private func line(_ stream: Stream) -> String {
        var parts = ["  stream \(stream.index): \(stream.kind), \(printable(stream.codec))"]
        if stream.index == video.stream {
            parts.append("\(video.width) x \(video.height)")
            if let rate = video.framesPerSecond { parts.append("\(Figure.fixed(rate, 3)) frames/s") }
            parts.append(video.pixelFormat)
            if video.sampleAspectRatio != "1/1" { parts.append("pixels \(video.sampleAspectRatio)") }
            if video.rotation != 0 { parts.append("turned by \(video.rotation) degrees") }
            let colour = [video.range, video.matrix, video.primaries, video.transfer].compactMap { $0 }
            if !colour.isEmpty { parts.append("colour \(colour.joined(separator: "/"))") }
        }
        if let channels = stream.channels { parts.append(Figure.count(channels, "channel")) }
        if let rate = stream.sampleRate { parts.append("\(rate) Hz") }
        if let language = stream.language { parts.append(printable(language)) }
        if let title = stream.title { parts.append("\"\(printable(title))\"") }
        return parts.joined(separator: ", ")
    }
}
