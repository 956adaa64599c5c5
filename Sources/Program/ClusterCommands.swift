import ArgumentParser
import Glibc
import Machine
import Media
import StyleVideo
import SystemPackage

/// `stylevideo plan IN --style PICTURE -o OUT.mp4 --job FOLDER`: makes a clip ready for several machines.
struct PlanCommand: CheckedCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Make a clip ready to be painted by several machines.",
        discussion: """
            Looks the clip through and writes what is to be painted into a folder that all machines share. Then each \
            of N machines runs 'stylevideo shard I/N FOLDER', and one 'stylevideo join FOLDER' at the end. All must \
            find the clip and the picture by the names given here.
            """)

    @Argument(help: ArgumentHelp("The clip: a file that FFmpeg reads and all machines see."), completion: .file())
    var input: String

    @OptionGroup var clip: ClipOptions

    @Option(
        help: ArgumentHelp("The folder that the machines share; it is made.", valueName: "folder"),
        completion: .directory)
    var job: String

    @OptionGroup var talk: TalkOptions

    func check() throws {
        _ = try clip.style.hand(timeline: clip.timeline.timeline)
        try clip.names(films: 1).check()
    }

    func run() throws {
        guard !clip.reading.isSpooled(input) else {
            throw UsageError("other machines cannot read \(printable(input)): make one file of it first")
        }
        let (hand, names) = (try clip.style.hand(timeline: clip.timeline.timeline), clip.names(films: 1))
        try names.check()
        let plan = PlanJob(try clip.job(input, hand, names), folder: FilePath(job))
        let talk = try Talk(
            Self.self, Subject(inputs: [input], output: job), talk, .clip(plan.job.encoder), clip.painting.threading)
        try talk.report {
            try plan.run(talk.run(clip.painting.threading))
        } text: {
            "\(printable($0.job)): \(Figure.count($0.frames, "frame")) of \($0.width) x \($0.height) in "
                + "\(Figure.count($0.sceneStarts.count, "scene")), \($0.state)"
        }
    }
}

extension PlanReport {
    /// What is left to do.
    fileprivate var state: String {
        if isFinished { return "finished: \(printable(output)) is there" }
        let all = Figure.count(chunks, "chunk")
        return left == 0 ? "\(all) to join" : left == chunks ? "\(all) to paint" : "\(left) of \(all) to paint"
    }
}

/// Which of how many shards, from 1 on: 3/8.
struct Share: ExpressibleByArgument {
    let number, count: Int

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let number = parts[0], let count = parts[1], count > 0, (1...count).contains(number)
        else { return nil }
        (self.number, self.count) = (number, count)
    }
}

/// `stylevideo shard 3/8 FOLDER`: paints one machine's share.
struct ShardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shard", abstract: "Paint one machine's share of a planned job.",
        discussion: """
            Exit code 0: its share is there. 75: come again, for others are at work on it, or a batch system has \
            stopped it. 74: the disk is full or fails; a second run goes on when it does not. 64, 65, 66, 69 and 73: \
            a second run would end in the same way. Above 128: a signal has ended it, and a second run goes on.
            """)

    @Argument(help: ArgumentHelp("Which share of how many, as 3/8.", valueName: "i/n"))
    var share: Share

    @Argument(help: "The folder that 'plan' has made.", completion: .directory)
    var job: String

    @OptionGroup var threading: ThreadOptions

    @OptionGroup var talk: TalkOptions

    func run() throws {
        let shard = ShardJob(folder: FilePath(job), number: share.number, of: share.count)
        // Before signals are heeded: a process that starts again keeps those that are ignored. What fails here fails
        // again below, and is told there.
        startAgain(with: (try? shard.environment()) ?? [:])
        let talk = try Talk(
            Self.self, Subject(inputs: [job]), talk, .clip((try? shard.encoder()) ?? EncoderSettings()), threading)
        try talk.report {
            try shard.run(talk.run(threading))
        } text: {
            "\(printable($0.job)): shard \($0.shard) of \($0.shards) is there, \($0.painted.count) of its "
                + "\(Figure.count($0.chunks, "chunk")) painted now, in \(Figure.duration($0.seconds))"
        }
    }

    /// Kernels are chosen once, when the first are used. Where a variable is set already and has not helped, the job
    /// says what this machine lacks.
    private func startAgain(with variables: [String: String]) {
        let missing = variables.filter { Terminal.environment($0.key) != $0.value }
        guard !missing.isEmpty else { return }
        for (name, value) in missing { setenv(name, value, 1) }
        execv("/proc/self/exe", CommandLine.unsafeArgv)
    }
}

/// `stylevideo join FOLDER`: puts the shares together.
struct JoinCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join", abstract: "Put a planned job's painted parts together.",
        discussion: "Exit code 75: parts are missing yet, which the sentence names.")

    @Argument(help: "The folder that 'plan' has made.", completion: .directory)
    var job: String

    @Flag(help: "Replace the film's file if another has taken its name.")
    var overwrite = false

    @OptionGroup var talk: TalkOptions

    func run() throws {
        let talk = try Talk(Self.self, Subject(inputs: [job]), talk, .reading(clips: 2), nil)
        var join = JoinJob(folder: FilePath(job))
        join.overwrite = overwrite
        try talk.report { [join] in
            try join.run(talk.run(nil))
        } text: {
            $0.text(verbose: talk.options.verbose)
        } after: {
            try $0.checkEnd()
        }
    }
}
