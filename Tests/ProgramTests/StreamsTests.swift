import Foundation
import Glibc
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// Standard input, output and error: closed, full, or a terminal.
@Suite struct StreamsTests {
    private func folder() async throws -> Scratch {
        let folder = try Scratch()
        try folder.take(await Fixture.clip, as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        return folder
    }

    private static let paint = "\"$PROGRAM\" in.mp4 --style style.png -o out.mp4 --style-size 64 --no-measure"

    @Test func closedInputIsNotMissed() async throws {
        let folder = try await folder()
        let outcome = try await Program.shell("exec \(Self.paint) <&-", in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(try await Probe.read("out.mp4", in: folder).frameTimes.count == 10)
    }

    @Test func inputIsNotRead() async throws {
        let folder = try await folder()
        let outcome = try await Program.shell("(printf 'one'; printf 'two') | (\(Self.paint) -q; cat)", in: folder)
        #expect(outcome.code == 0 && outcome.output == "onetwo")
    }

    /// A closed descriptor is given to the next file that is opened: the report must not be written into that.
    @Test func everythingClosedHarmsNoFile() async throws {
        let folder = try await folder()
        let before = try folder.contents()
        let outcome = try await Program.shell("exec \(Self.paint) -q --json <&- >&- 2>&-", in: folder)
        #expect(outcome.code == 74)
        #expect(try folder.contents().filter { $0.key != "out.mp4" } == before)
        #expect(try await Probe.read("out.mp4", in: folder).frameTimes.count == 10)
    }

    @Test(arguments: [">&-", ">/dev/full"]) func aReportThatCannotBeWrittenIsAFailure(_ redirection: String)
        async throws
    {
        let outcome = try await Program.shell("exec \"$PROGRAM\" info in.mp4 --json \(redirection)", in: folder())
        #expect(outcome.code == 74 && outcome.errorLines.count == 1)
        #expect(outcome.error.hasPrefix("stylevideo: ") && outcome.error.contains("standard output"))
    }

    @Test func aReaderThatGoesAwayIsAFailure() async throws {
        let outcome = try await Program.shell(
            "{ \"$PROGRAM\" info in.mp4 --json; echo \"code $?\" >&2; } | exec 0<&-", in: folder())
        #expect(outcome.error.contains("code 74"), "\(outcome.error)")
    }

    @Test func elsewhereThanOnATerminalNothingIsWrittenOver() async throws {
        let folder = try await folder()
        let outcome = try await Program.run(Refusal.paint(), in: folder)
        #expect(outcome.code == 0)
        #expect(!outcome.error.contains("\r") && !outcome.error.contains("\u{1B}") && !outcome.error.contains("█"))
    }

    @Test func aTerminalGetsOneLineOfProgress() async throws {
        let folder = try await folder()
        let terminal = try Terminal()
        let status = try await Slots.shared.withSlot {
            let result = try await Subprocess.run(
                .path(FilePath(Program.path)), arguments: Arguments(Refusal.paint()),
                environment: Program.environment(["NO_COLOR": "1"]), workingDirectory: folder.path,
                output: .string(limit: 1 << 20),
                error: .fileDescriptor(terminal.inside, closeAfterSpawningProcess: true))
            #expect(result.standardOutput.isEmpty)
            return result.terminationStatus
        }
        let shown = try terminal.text()
        #expect(status == .exited(0))
        for word in ["finding scenes", "painting", "10/10 frames", "100 %", "█", "\r"] {
            #expect(shown.contains(word), "\(word)")
        }
        // NO_COLOR is kept: the only sequence clears the rest of a line.
        #expect(!shown.replacingOccurrences(of: "\u{1B}[K", with: "").contains("\u{1B}"))
        let last = try #require(shown.range(of: "\r\u{1B}[K", options: .backwards))
        #expect(!shown[last.upperBound...].contains("█") && shown[last.upperBound...].contains("out.mp4: 10 frames"))
        for line in shown.split(whereSeparator: { $0 == "\r" || $0 == "\n" || $0 == "\r\n" }) where line.contains("█") {
            #expect(line.replacingOccurrences(of: "\u{1B}[K", with: "").count < 80)
        }
    }
}

/// A pseudo-terminal of 80 columns.
private final class Terminal {
    let inside: FileDescriptor
    private let outside: FileDescriptor

    init() throws {
        // posix_openpt and its kin are not in the C library's default face, which is what Swift sees.
        outside = FileDescriptor(rawValue: open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC))
        var (unlocked, number): (Int32, UInt32) = (0, 0)
        let (setLock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)  // TIOCSPTLCK, TIOCGPTN
        try #require(
            ioctl(outside.rawValue, setLock, &unlocked) == 0 && ioctl(outside.rawValue, getNumber, &number) == 0)
        inside = FileDescriptor(rawValue: open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC))
        try #require(inside.rawValue >= 0)
        var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
        #expect(ioctl(outside.rawValue, UInt(TIOCSWINSZ), &size) == 0)
    }

    deinit { try? outside.close() }

    /// What was shown until the program ended. A terminal holds back 4 KiB before its writer waits, so a test's run
    /// must show less than that or be read meanwhile.
    func text() throws -> String {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            // Once the last writer is gone, reading fails with EIO instead of giving nothing.
            let count = read(outside.rawValue, &buffer, buffer.count)
            guard count > 0 else { return String(decoding: all, as: UTF8.self) }
            all += buffer[..<count]
        }
    }
}
