import ArgumentParser
import Glibc
import Machine
import Serving
import SystemPackage

/// `stylevideo serve [FOLDER ...]`: a page on this machine alone.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Show a page to choose clips and styles, paint films and play them.",
        discussion: """
            The page is for browsers on this machine, and for whoever has its address, which is printed and is another \
            at each start. It runs the commands that you would type. Ctrl-C ends it, and what it paints; parts that \
            are finished are kept.
            """)

    @Argument(help: "Folders of clips (default: this one).", completion: .directory)
    var folders: [String] = []

    @Option(
        help: ArgumentHelp(
            "A folder of style pictures; may be repeated (default: the folders of clips).", valueName: "folder"),
        completion: .directory)
    var styles: [String] = []

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The folder that films are written to (default: painted in the first folder of clips).",
            valueName: "folder"), completion: .directory)
    var output: String?

    @Option(help: ArgumentHelp("The port (default: any that is free).", valueName: "number"))
    var port: Int?

    @OptionGroup var talk: TalkOptions

    func validate() throws {
        if let port, !(0...65535).contains(port) {
            throw ValidationError("--port must be from 0 to 65535, and is \(port)")
        }
    }

    func run() throws {
        let clips = folders.isEmpty ? ["."] : folders
        // Before any thread is: all of them leave these to this one.
        let signals = Self.blockSignals()
        do {
            let service = try Service(
                clips: clips, styles: styles.isEmpty ? clips : styles,
                films: output ?? FilePath(clips[0]).appending("painted").string, port: port ?? 0,
                flags: ["--no-config", "--progress", "json"])
            try service.start()
            defer { service.end() }
            try say(service)
            var (signals, pause) = (signals, timespec(tv_sec: 30, tv_nsec: 0))
            repeat { service.rest() } while sigtimedwait(&signals, nil, &pause) < 0
            if !talk.quiet { Terminal.warn("ending") }
            // The next one ends it at once, as without us.
            pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        } catch {
            throw Failure(error: error)
        }
    }

    private func say(_ service: Service) throws {
        let text =
            talk.json ? #"{"schema":1,"address":"\#(service.address)","port":\#(service.port)}"# : service.address
        if let lost = Terminal.lost(text + "\n") { throw lost }
        if !talk.quiet, !talk.json { Terminal.warn("open this address in a browser on this machine; Ctrl-C ends it") }
    }

    /// What ends a program, and is waited for here.
    private static func blockSignals() -> sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        return signals
    }
}
