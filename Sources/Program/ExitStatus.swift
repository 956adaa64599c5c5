import Glibc
import Machine

/// The exit codes that `--help` documents, by BSD's sysexits.
enum ExitStatus {
    static let usage: Int32 = 64
    static let unavailable: Int32 = 69
    /// An error of the program itself.
    static let ourMistake: Int32 = 70
    /// The same command may do better later.
    static let comeAgain: Int32 = 75

    /// The code for an error of any layer.
    static func code(of error: any Error) -> Int32 {
        guard let error = error as? any Trouble else { return ourMistake }
        return switch error.trouble {
        case .usage: usage
        case .badData: 65
        case .missingInput: 66
        case .unavailable: unavailable
        case .cannotCreate: 73
        case .outputFailed: 74
        case .comeAgain: comeAgain
        case .interrupted(let signal): code(of: signal)
        }
    }

    /// The code for an end by a signal. Batch systems send these two to a job that they will run again.
    static func code(of signal: Int32) -> Int32 { [SIGTERM, SIGUSR1].contains(signal) ? comeAgain : 128 + signal }
}

/// An error with its exit code, on its way out.
struct Failure: Error {
    let error: any Error
    /// Whether the report on standard output tells of it already, or cannot be written.
    var isInDocument = false

    var code: Int32 { ExitStatus.code(of: error) }

    /// What is said to people.
    var sentence: String { "stylevideo: " + message }

    /// What went wrong, and by which flag it can be helped, in one sentence.
    var message: String {
        let remedy = (error as? any Trouble)?.remedy.map { "; " + $0.advice } ?? ""
        return printable("\(error)") + remedy + (isUsage ? Provenance.hint(of: "\(error)") : "")
    }

    private var isUsage: Bool { (error as? any Trouble)?.trouble == .usage }

    /// By `TroubleKind`'s names.
    var kind: String { (error as? any Trouble)?.trouble.name ?? "ourMistake" }

    /// As `--json` prints it.
    struct Account: Encodable {
        let code: Int32
        let kind, message: String
    }

    var account: Account { Account(code: code, kind: kind, message: message) }

    /// What `--json` prints of a run that has no report.
    var document: String {
        struct Document: Encodable {
            let schema = 1
            let error: Account
        }
        return JSONDocument.text(of: Document(error: account))
    }

    /// Says it and ends the program.
    func leave() -> Never {
        Voice.fail(self)
        exit(code)
    }
}

extension TroubleKind {
    fileprivate var name: String {
        switch self {
        case .usage: "usage"
        case .badData: "badData"
        case .missingInput: "missingInput"
        case .unavailable: "unavailable"
        case .cannotCreate: "cannotCreate"
        case .outputFailed: "outputFailed"
        case .comeAgain: "comeAgain"
        case .interrupted: "interrupted"
        }
    }
}

extension Remedy {
    /// Whether the command that runs has a flag.
    private static func isHere(_ flag: String) -> Bool {
        let command = StyleVideoCommand.command(of: Array(CommandLine.arguments.dropFirst()))
        return Flags(of: command)?.long.contains(flag) ?? true
    }

    /// The flag for it.
    var advice: String {
        switch self {
        case .overwrite: "--overwrite replaces it"
        case .otherOutput: "name another file with -o"
        case .smallerFrames: "--max-size paints them smaller"
        case .smallerStyle: "a smaller --style-size takes less"
        case .paintPicture: "a picture is painted by 'stylevideo image IN --style PICTURE -o OUT.png'"
        case .fieldsTogether: "--deinterlace off paints both fields together"
        case .sayWhatRawFramesAre: "say it with --size, --rate and --input-format"
        case .fewerThreads: "fewer --threads take less"
        case .nameWeights: "name the file with --weights"
        case .otherPreset: "leave --preset away or name another file"
        case .startOver:
            Self.isHere("--restart")
                ? "--restart throws that away and starts over" : "'stylevideo plan' with --restart begins it anew"
        case .nameStretch: "of a stretch, say which it was (--start, --end, --frames)"
        }
    }
}

/// The input breaks off: what there is of it is painted.
struct InputEndsEarly: Trouble {
    let file: String
    /// Seconds from its start.
    let end: Double
    let output: String

    var trouble: TroubleKind { .badData }
    var description: String {
        "\(printable(file)) is cut off at \(Figure.moment(end)); \(output) is painted up to there"
    }
}

/// Frames of the input are gone.
struct InputLacksFrames: Trouble {
    let file: String
    let count: Int
    let output: String

    var trouble: TroubleKind { .badData }
    var description: String {
        "\(printable(file)) has lost \(Figure.count(count, "frame")); \(output) is painted without "
            + (count == 1 ? "it" : "them")
    }
}

/// A signal has ended the job.
struct Interruption: Trouble {
    let signal: Int32
    var outcome = "the output is not written"

    var trouble: TroubleKind { .interrupted(signal: signal) }
    var description: String { "interrupted; \(outcome)" }
}

/// No memory is left, which is seen where no error can be thrown.
struct OutOfMemory: Trouble {
    /// That were asked for; nil where nobody knows.
    let bytes: Int?

    var trouble: TroubleKind { .unavailable }
    var description: String {
        let room = bytes.map { "for another \(Figure.bytes($0)) " } ?? ""
        return "memory \(room)cannot be had; --max-size paints smaller frames"
    }
}
