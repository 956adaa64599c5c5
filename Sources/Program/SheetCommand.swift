import ArgumentParser
import Machine
import Media
import StyleKernel
import StyleVideo
import SystemPackage

/// `stylevideo sheet IN... --style A --style B -o sheet.png`: moments in several manners on one picture.
struct SheetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sheet", abstract: "Paint moments in several manners on one sheet, to choose from.",
        discussion: """
            A row for each moment, first as it is; a column for each style, below its picture, and for each strength, \
            brush and choice of colours. \
            Each moment is painted by itself: 'stylevideo preview' shows one exactly as it will be in the whole.
            """)

    @Argument(help: "The clips and pictures.", completion: .file())
    var inputs: [String]

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A picture whose manner is taken; several, each by a --style of its own.", valueName: "picture"),
        completion: .file())
    var style: [String]

    @Option(
        help: ArgumentHelp(
            "A moment of each clip, seconds or HH:MM:SS; may be repeated (default: four, spread over it).",
            valueName: "time"))
    var at: [Moment] = []

    @Option(help: ArgumentHelp("Strengths, a column each, as 0.5,1,1.5 (default: 1).", valueName: "numbers"))
    var strength: Numbers?

    @Option(help: ArgumentHelp("Brushes, a column each, as 0.5,1,2 (default: 1).", valueName: "numbers"))
    var brush: Numbers?

    @Option(
        help: ArgumentHelp(
            "Whose colours, a column each, as style,source,palette (default: style).", valueName: "whose"))
    var colours: ColourChoices?

    @Option(help: ArgumentHelp("How wide each picture is on the sheet.", valueName: "pixels"))
    var cell = 480

    @Option(
        name: .shortAndLong,
        help: "The picture to write: .png, .jpg, .webp or .avif (default: IN.sheet.png beside the first).",
        completion: .file())
    var output: String?

    @OptionGroup(title: "Painting") var quality: QualityOption

    @OptionGroup(title: "Painting") var painting: PaintingOptions

    @OptionGroup(title: "Reading") var fields: DeinterlaceOption

    @Flag(help: "Replace the output if it exists.")
    var overwrite = false

    @OptionGroup var talk: TalkOptions

    func validate() throws {
        guard (32...4096).contains(cell) else {
            throw ValidationError("--cell must be from 32 to 4096, and is \(cell)")
        }
        for brush in brush?.numbers ?? [] where !Brush.sizes.contains(brush) {
            throw ValidationError(
                "--brush must be from \(Brush.sizes.lowerBound) to \(Brush.sizes.upperBound), and is \(brush)")
        }
        for strength in strength?.numbers ?? [] where !(0...StyleMix.mostStrength).contains(strength) {
            throw ValidationError("--strength must be from 0 to \(StyleMix.mostStrength), and is \(strength)")
        }
    }

    func run() throws {
        let output = try output ?? OutputNames.still(of: inputs[0], "sheet")
        let talk = try Talk(
            Self.self, Subject(inputs: inputs, output: output), talk, .clip(EncoderSettings()), painting.threading)
        try talk.report {
            var job = SheetJob(
                inputs: try inputs.map { try FilePath.input($0) }, styles: try style.map { try FilePath.input($0) },
                output: FilePath(output), settings: painting.settings())
            (job.moments, job.cellWidth) = (at.map(\.seconds), cell)
            job.overwrite = overwrite
            job.selection.deinterlacing = fields.deinterlace
            if let strength { job.strengths = strength.numbers }
            if let brush { job.brushes = brush.numbers }
            if let colours { job.colours = colours.all }
            return try job.run(talk.run(painting.threading))
        } text: {
            $0.text
        }
    }
}

/// Whose colours columns have, with commas between.
struct ColourChoices: ExpressibleByArgument {
    let all: [Hand.Colours]

    /// Nil where a word is none of them.
    init?(argument: String) {
        let words = argument.split(separator: ",", omittingEmptySubsequences: false)
        all = words.compactMap { Hand.Colours(rawValue: String($0)) }
        if all.isEmpty || all.count < words.count { return nil }
    }
}

extension SheetReport {
    var text: String {
        var lines = [
            "\(printable(output)): \(Figure.count(rows.count, "row")), "
                + "\(Figure.count(columns.count, "manner")), painted in \(Figure.duration(seconds))"
        ]
        lines.append("  columns: the source, " + columns.map(words(of:)).joined(separator: ", "))
        for (number, row) in rows.enumerated() {
            let moment = row.moment.map { " at \(Figure.moment($0))" } ?? ""
            lines.append("  row \(number + 1): \(printable(row.input))\(moment)")
        }
        for clip in clips {
            lines.append(
                "  painting all \(Figure.count(clip.frames, "frame")) of \(printable(clip.input)) takes about "
                    + "\(Figure.clock(clip.paintingSeconds)) (\(Figure.rate(1 / max(clip.secondsPerFrame, 1e-9))))")
        }
        return lines.joined(separator: "\n")
    }

    /// What a column is, by what the columns differ in.
    private func words(of column: Column) -> String {
        let hasStrengths = Set(columns.map(\.strength)) != [1]
        let hasBrushes = columns.contains { $0.brush != nil }
        let hasColours = columns.contains { $0.colours != nil }
        return printable(column.style) + (hasStrengths ? " at \(column.strength)" : "")
            + (hasBrushes ? " by brush \(column.brush ?? 1)" : "")
            + (hasColours ? " in the colours of \((column.colours ?? .style).rawValue)" : "")
    }
}
