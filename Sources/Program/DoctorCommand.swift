import ArgumentParser
import Glibc
import Machine
import StyleVideo

/// `stylevideo doctor`: whether painting works on this system, and what a report of a fault needs to say of it.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Look whether painting works here; what a bug report needs.",
        discussion: """
            Looks at the program, the system, its CPU, memory and disk, the libraries and their encoders, and paints a \
            small picture. Each line is ok, a note, or a problem and what to do about it. With a problem the exit code \
            is 69. Nothing is sent anywhere; your home folder is shown as ~.
            """)

    @OptionGroup var threading: ThreadOptions
    @OptionGroup var talk: TalkOptions

    func run() throws {
        let talk = try Talk(Self.self, Subject(inputs: []), talk, .picture, nil)
        try talk.report(isData: true) {
            DoctorJob().run(talk.run(threading)).adding(Provenance.finding(self.talk)).adding(Terminal.finding)
        } text: {
            $0.text
        } after: { report in
            let problems = report.findings.count { $0.verdict == .problem }
            if problems > 0 { throw SystemLacks(problems: problems) }
        }
    }
}

extension DoctorReport {
    fileprivate func adding(_ finding: Finding) -> DoctorReport {
        var report = self
        report.findings.append(finding)
        report.paints = report.paints && finding.verdict != .problem
        return report
    }

    /// A line for each finding, and where something is to be said of it another one.
    var text: String {
        let width = Subject.allCases.map(\.rawValue.count).max()!
        return findings.map { finding in
            let subject = finding.subject.rawValue
            let mark = finding.verdict == .ok ? "ok     " : finding.verdict == .note ? "note   " : "problem"
            let padding = String(repeating: " ", count: width - subject.count)
            let indent = String(repeating: " ", count: mark.count + width + 4)
            return "\(mark)  \(subject)\(padding)  \(printable(finding.value))"
                + (finding.advice.map { "\n\(indent)\(printable($0))" } ?? "")
        }.joined(separator: "\n")
    }
}

extension Terminal {
    fileprivate static var finding: DoctorReport.Finding {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap(environment).first { !$0.isEmpty } ?? "C"
        let kind = errorIsTerminal ? "\(environment("TERM") ?? "unknown"), \(columns) columns" : "none"
        return DoctorReport.Finding(
            subject: .terminal, value: "\(kind), locale \(locale)", verdict: .ok,
            advice: isUTF8 ? nil : "the locale is not UTF-8, so the progress bar is plain")
    }
}

extension Provenance {
    /// The user's settings: whether a film would be refused for them.
    /// - Parameter talk: says which files are read.
    fileprivate static func finding(_ talk: TalkOptions) -> DoctorReport.Finding {
        let sources = Flags(of: PaintCommand.self).map {
            SettingsSources(command: PaintCommand.self, flags: $0, environment: Terminal.environment)
        }
        let file = sources?.userFile.flatMap { access($0, F_OK) == 0 ? shown($0) : nil }
        let trouble = trouble ?? paintingTrouble(talk)
        return DoctorReport.Finding(
            subject: .settings, value: file ?? "none of your own", verdict: trouble == nil ? .ok : .problem,
            advice: trouble.map(shown))
    }

    /// What a film would be refused for, by settings that this command does not have.
    private static func paintingTrouble(_ talk: TalkOptions) -> String? {
        let files = talk.config.map { "--config=\($0)" } + (talk.noConfig ? ["--no-config"] : [])
        do {
            _ = try Call(["paint", "--print-config"] + files).printed()
            return nil
        } catch let trouble as any Trouble {
            return Failure(error: trouble).message
        } catch {
            return Failure(error: UsageError(StyleVideoCommand.message(for: error), arguments: [])).message
        }
    }

    /// The home folder as ~.
    private static func shown(_ text: String) -> String {
        Terminal.environment("HOME").map { $0.count > 1 ? text.replacing($0 + "/", with: "~/") : text } ?? text
    }
}

/// Painting does not work here.
struct SystemLacks: Trouble {
    let problems: Int

    var trouble: TroubleKind { .unavailable }
    var description: String {
        "painting does not work here: \(Figure.count(problems, "problem")), told above"
    }
}
