import ArgumentParser
import CKernels
import Glibc
import StyleVideo

/// The program. `stylevideo IN --style PICTURE` paints a clip; the other commands are named first.
@main
struct StyleVideoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stylevideo", abstract: "Paint a video in the manner of a picture.", discussion: Help.examples,
        version: Help.version,
        subcommands: [
            PaintCommand.self, ImageCommand.self, PreviewCommand.self, MeasureCommand.self, InfoCommand.self,
        ],
        defaultSubcommand: PaintCommand.self)

    static func main() {
        stylevideo_require_cpu()
        occupyStandardDescriptors()
        // A closed pipe on standard output is an error of that write, not the program's end.
        signal(SIGPIPE, SIG_IGN)
        // And so is a file that outgrows the caller's limit (ulimit -f).
        signal(SIGXFSZ, SIG_IGN)
        let arguments = Array(CommandLine.arguments.dropFirst())
        for place in 1..<max(Int(CommandLine.argc), 1) {
            guard let bytes = CommandLine.unsafeArgv[place], String(validatingCString: bytes) == nil else { continue }
            // Swift would read, and write, a file of another name.
            let name = String(cString: bytes)
            Failure(error: JobError.usage("the argument \(name) is not UTF-8; rename the file")).leave()
        }
        if arguments.isEmpty {
            Terminal.warn(Help.whole)
            Glibc.exit(ExitStatus.usage.rawValue)
        }
        if ["-h", "--help", "help"].contains(arguments[0]) && arguments.count == 1 {
            Terminal.print(Help.whole)
            Glibc.exit(0)
        }
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
        } catch let failure as Failure {
            failure.leave()
        } catch {
            // Help, the version and completions arrive here too: they are no mistakes.
            if exitCode(for: error) == .success { exit(withError: error) }
            Failure(error: UsageError(message(for: error), arguments: arguments)).leave()
        }
    }

    /// A descriptor 0, 1 or 2 that the caller has closed would be given to the next file that is opened, and what is
    /// meant for the terminal would be written into it. They are opened so that writing to them fails.
    private static func occupyStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}

/// Wrong flags, in one sentence as every other error.
struct UsageError: Error, CustomStringConvertible {
    let description: String

    /// - Parameter message: the argument parser's, which begins like a sentence.
    init(_ message: String, arguments: [String]) {
        // A key path through a metatype crashes Swift 6.3's compiler.
        let names = StyleVideoCommand.configuration.subcommands.map { command in command.configuration.commandName }
        let name = names.contains(arguments.first) ? arguments.first : nil
        let line = message.split(whereSeparator: \.isNewline).first.map(String.init) ?? "wrong usage"
        description =
            line.prefix(1).lowercased() + line.dropFirst() + "; see stylevideo \(name.map { "\($0) " } ?? "")--help"
    }
}
