import ArgumentParser
import CKernels
import Glibc

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
        checkProcessor()
        // A closed pipe on standard output is an error of that write, not the program's end.
        signal(SIGPIPE, SIG_IGN)
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.isEmpty || ["-h", "--help", "help"].contains(arguments[0]) && arguments.count == 1 {
            Terminal.print(Help.whole)
            Glibc.exit(arguments.isEmpty ? ExitStatus.usage.rawValue : 0)
        }
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
        } catch let failure as Failure {
            failure.leave()
        } catch {
            exit(withError: error)
        }
    }

    private static func checkProcessor() {
        guard stylevideo_cpu_is_v3() == 0 else { return }
        Terminal.warn("stylevideo: this CPU has no AVX2 and FMA (x86-64-v3), which the program needs")
        Glibc.exit(ExitStatus.unavailable.rawValue)
    }
}
