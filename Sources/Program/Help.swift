import ArgumentParser
import StyleVideo

/// The texts of `--help` that belong to no single flag.
enum Help {
    static let version = "stylevideo \(Versions.program)"

    static let commandLines = [
        "stylevideo in.mp4 --style monet.jpg",
        "stylevideo in.mp4 --style monet.jpg -o out.mp4 --start 1:30 --end 1:45",
        "stylevideo clips/*.mp4 --style monet.jpg --style klimt.jpg -o painted/",
        "stylevideo preview in.mp4 --style monet.jpg --at 12.5 -o still.png",
        "stylevideo image photo.jpg --style monet.jpg -o painting.png",
        "stylevideo focus photo.jpg --style monet.jpg --point 320,200 -o focus.png",
        "stylevideo measure out.mp4 --against in.mp4",
        "stylevideo info in.mp4", "stylevideo doctor",
    ]

    static let examples =
        (["Examples:"] + commandLines.map { "  " + $0 }).joined(separator: "\n") + "\n\n"
        + "A long clip is painted in parts. Where a run ends early (by Ctrl-C, a full disk, a lost machine) the same "
        + "command goes on with the parts that it has finished."

    static let exitMeanings = [
        ("0", "done"), ("64", "wrong usage"), ("65", "an input is damaged, of another kind, or refused"),
        ("66", "an input is missing"),
        ("69", "this system lacks what is needed (an encoder, memory, threads, a CPU with AVX2); 'doctor' says what"),
        ("70", "an error of the program itself"), ("73", "the output cannot be created"), ("74", "writing failed"),
        (
            "75",
            "come again (another run is at work on it, parts are missing, or SIGTERM or SIGUSR1 has stopped it)"
        ),
        ("130", "interrupted (129 by SIGHUP, 140 by SIGUSR2, 152 by SIGXCPU)"),
    ]

    static let exitCodes =
        "Exit codes: " + exitMeanings.map { "\($0) \($1)" }.joined(separator: "; ") + ". Any other is a failure too."

    /// What `stylevideo --help` prints: the clip's flags are there without a command to name.
    static var whole: String {
        let commands = StyleVideoCommand.configuration.subcommands.dropFirst().map { command in
            let name = command.configuration.commandName!
            return "  \(name)\(String(repeating: " ", count: 10 - name.count))\(command.configuration.abstract)"
        }
        let others = "COMMANDS:\n" + commands.joined(separator: "\n") + "\n\n  See 'stylevideo <command> --help'."
        return StyleVideoCommand.helpMessage(for: PaintCommand.self) + "\n\n" + others + "\n"
    }
}
