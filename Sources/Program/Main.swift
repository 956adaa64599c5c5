import ArgumentParser
import CKernels
import Glibc
import Machine
import Media
import StyleVideo
import Tensors

/// The program. `stylevideo IN --style PICTURE` paints a clip; the other commands are named first.
@main
struct StyleVideoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stylevideo", abstract: "Paint a video in the manner of a picture.", discussion: Help.examples,
        version: Help.version,
        subcommands: [
            PaintCommand.self, ImageCommand.self, PreviewCommand.self, FocusCommand.self, SheetCommand.self,
            MeasureCommand.self, ReportCommand.self, InfoCommand.self, DoctorCommand.self, ServeCommand.self,
            PlanCommand.self, ShardCommand.self, JoinCommand.self,
        ],
        defaultSubcommand: PaintCommand.self)

    static func main() {
        stylevideo_require_cpu()
        occupyStandardDescriptors()
        // A closed pipe on standard output is an error of that write, not the program's end.
        signal(SIGPIPE, SIG_IGN)
        // And so is a file that outgrows the caller's limit (ulimit -f).
        signal(SIGXFSZ, SIG_IGN)
        Exhaustion.onExhaustion { byteCount in
            UnfinishedFiles.removeAll()
            Voice.fail(Failure(error: OutOfMemory(bytes: byteCount)))
            _exit(ExitStatus.unavailable)
        }
        let arguments = Array(CommandLine.arguments.dropFirst())
        let speech = arguments.contains("--no-config") ? [] : Variables.speech(Terminal.environment)
        Voice.manner = Voice.Manner(speech + arguments)
        for place in 1..<max(Int(CommandLine.argc), 1) {
            guard let bytes = CommandLine.unsafeArgv[place], String(validatingCString: bytes) == nil else { continue }
            // Swift would read, and write, a file of another name.
            let name = String(cString: bytes)
            Failure(error: UsageError("the argument \(name) is not UTF-8; rename the file")).leave()
        }
        if arguments.isEmpty {
            Terminal.warn(Help.whole)
            Glibc.exit(ExitStatus.usage)
        }
        if ["-h", "--help", "help"].contains(arguments[0]) && arguments.count == 1 { say(Help.whole) }
        if let shell = Completions.shell(arguments) { say(Completions.script(for: shell)) }
        if arguments == ["--generate-manual"] { say(Manual.page) }
        if let error = UsageError.misspelledCommand(arguments) { Failure(error: error).leave() }
        do {
            try CPULevel.check()
        } catch {
            Failure(error: error).leave()
        }
        var words = arguments
        do {
            let call = try Call(arguments)
            words = call.words
            Voice.manner = Voice.Manner(words)
            if let notice = call.notice { Voice.note(printable(notice)) }
            if let text = try call.printed() { say(text) }
            var command = try call.command()
            try call.checkApart()
            try command.run()
        } catch let failure as Failure {
            failure.leave()
        } catch let trouble as any Trouble {
            Failure(error: trouble).leave()
        } catch {
            if let error = UsageError.unknownFlag(arguments) { Failure(error: error).leave() }
            // Help and the version arrive here too: they are no mistakes.
            if exitCode(for: error) == .success { say(fullMessage(for: error) + "\n") }
            Failure(error: UsageError(message(for: error), arguments: words)).leave()
        }
    }

    /// The commands' names. (A key path through a metatype crashes Swift 6.3's compiler.)
    static var commandNames: [String] {
        configuration.subcommands.compactMap { command in command.configuration.commandName }
    }

    /// The command that a line names, or the one that it means without.
    static func command(of arguments: [String]) -> any ParsableCommand.Type {
        configuration.subcommands.first { command in command.configuration.commandName == arguments.first }
            ?? PaintCommand.self
    }

    /// Prints what was asked for and ends the program.
    private static func say(_ text: String) -> Never {
        if let lost = Terminal.lost(text) { Failure(error: lost).leave() }
        Glibc.exit(0)
    }

    /// A descriptor 0, 1 or 2 that the caller has closed would be given to the next file that is opened, and what is
    /// meant for the terminal would be written into it. They are opened so that writing to them fails.
    private static func occupyStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
