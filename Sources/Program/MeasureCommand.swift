import ArgumentParser
import Machine
import Media
import StyleVideo
import SystemPackage

/// `stylevideo measure CLIP`: temporal LPIPS of any video.
struct MeasureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure", abstract: "Measure how steady a video is: LPIPS between its frames.",
        discussion: """
            LPIPS v0.1 with AlexNet between each frame and the one before it, at a shorter side of at most 512. Pairs \
            across a cut are left out. Lower is steadier; a moving camera raises it too, so compare with the source's \
            (--against). Given the source, painted frames 1 and 10 apart are also compared along the source's motion, \
            where its flow leads there and back (root mean squared difference, and LPIPS), and so are blocks of 16 x \
            16 pixels that the source leaves alone.
            """)

    @Argument(help: "The clip to measure.", completion: .file())
    var input: String

    @Option(
        help: ArgumentHelp(
            "The clip that it was painted from: adds its own figures and each frame's distance to it.",
            valueName: "clip"), completion: .file())
    var against: String?

    @OptionGroup(title: "The stretch of --against that was painted") var stretch: StretchOptions

    @Option(help: ArgumentHelp("Write every frame's figures to a CSV file.", valueName: "file"), completion: .file())
    var csv: String?

    @Flag(help: "Replace the CSV file if it exists.")
    var overwrite = false

    @OptionGroup var threading: ThreadOptions
    @OptionGroup var talk: TalkOptions

    func validate() throws {
        guard against != nil || stretch.selection == .all else {
            throw ValidationError("--start, --end and --frames name a stretch of --against, which is not given")
        }
    }

    func run() throws {
        let talk = try Talk(talk, .reading(clips: against == nil ? 1 : 2), threading)
        try talk.report(isData: true) {
            var job = MeasureJob(input: try FilePath.input(input), against: try against.map { try FilePath.input($0) })
            job.selection = stretch.selection
            let inputs = [job.input] + (job.against.map { [$0] } ?? [])
            if let csv {
                try OutputCheck.check(FilePath(csv), inputs: inputs, extensions: ["csv"], overwrite: overwrite)
            }
            return try job.run(talk.run(threading))
        } text: {
            $0.text
        } after: { report in
            if let csv { try TextFile.write(report.csv, to: FilePath(csv), replacing: overwrite) }
        }
    }
}

extension MeasureReport {
    var text: String {
        var lines = [
            "\(printable(input)): \(Figure.count(frames, "frame")) in \(Figure.count(scenes, "scene"))",
            temporalLPIPS.text,
        ]
        if let content = contentLPIPS {
            lines.append(
                "content LPIPS to \(printable(against ?? "")): mean \(Figure.fixed(content.mean, 4)), "
                    + "worst \(Figure.fixed(content.worst, 4)) at frame \(content.worstFrame)")
        }
        return (lines + (motion?.lines ?? [])).joined(separator: "\n")
    }
}

extension MeasureReport.Motion {
    var lines: [String] {
        let along = gaps.compactMap { gap in
            guard let rmse = gap.rmse, let lpips = gap.lpips else { return nil as String? }
            return "along the source's motion, \(Figure.count(gap.frames, "frame")) apart: RMSE "
                + "\(Figure.fixed(rmse, 4)), LPIPS \(Figure.fixed(lpips, 4)) (\(Figure.count(gap.pairs, "pair")))"
        }
        guard let stillChange else { return along }
        return along + [
            "where the source stands still (\(Figure.fixed(100 * stillShare, 0)) % of its blocks): mean change "
                + "\(Figure.fixed(stillChange, 2)) levels of 255"
        ]
    }
}

extension TemporalReport {
    var text: String {
        guard let output else { return "temporal LPIPS: there are no two neighbouring frames of one scene to compare" }
        var lines = ["temporal LPIPS (\(network), at \(width) x \(height), \(measured)):", "  " + figures(output)]
        if let input {
            lines.append("  the input's own: " + figures(input))
            lines.append(ratio.map { "  ratio \(Figure.fixed($0, 2))" } ?? "  the input does not move at all: no ratio")
        }
        return lines.joined(separator: "\n")
    }

    private func figures(_ f: Figures) -> String {
        func four(_ value: Double) -> String { Figure.fixed(value, 4) }
        let pairs = Figure.count(f.pairs, "pair")
        let cuts = f.pairsLeftOut > 0 ? ", \(f.pairsLeftOut) across cuts left out" : ""
        return "mean \(four(f.mean)), median \(four(f.median)), 95th percentile \(four(f.percentile95)), "
            + "worst \(four(f.worst)) at \(Figure.moment(f.worstTime)) (\(pairs)\(cuts))"
    }
}
