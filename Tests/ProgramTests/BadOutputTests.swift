import Foundation
import Glibc
import TestSupport
import Testing

/// Places that cannot be written to, and files that must not be.
@Suite struct BadOutputTests {
    @Test(arguments: places) func refusesPlace(_ refusal: Refusal) async throws { try await refusal.check() }
    @Test(arguments: inputs) func neverWritesToAnInput(_ refusal: Refusal) async throws { try await refusal.check() }

    /// A disk that is full part-way: the shell's limit of a file's size, in blocks of 512 bytes, does the same.
    @Test func leavesNothingWhereTheDiskIsFull() async throws {
        let folder = try Scratch()
        try folder.take(await Fixture.silent(160, 120, frames: 1500, rate: 25), as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        let before = try folder.contents()
        let flags = "--frames 40 --no-measure --crf 0 --encoder-preset ultrafast -q"
        let outcome = try await Program.shell(
            "ulimit -f 100; exec \"$PROGRAM\" in.mp4 --style style.png -o out.mp4 --style-size 64 \(flags)", in: folder)
        #expect(outcome.code == 74 && outcome.output.isEmpty)
        #expect(
            outcome.errorLines.count == 1 && outcome.error.hasPrefix("stylevideo: ")
                && outcome.error.contains("out.mp4"))
        #expect(try folder.contents() == before)
    }

    /// As ffmpeg does it, though the folder would let it be replaced.
    @Test func aWriteProtectedFileIsNotReplaced() async throws {
        let folder = try Scratch()
        try folder.take(await Fixture.style, as: "style.png")
        try folder.write("out.png", "precious".utf8)
        #expect(chmod(folder.file("out.png"), 0o444) == 0)
        let outcome = try await Program.shell(
            """
            # The superuser may write to anything, until that is taken from it.
            [ "$(id -u)" = 0 ] && bare='setpriv --bounding-set=-all --inh-caps=-all'
            exec $bare "$PROGRAM" image style.png --style style.png --style-size 64 -o out.png --overwrite
            """, in: folder)
        #expect(outcome.code == 73 && outcome.error.contains("write-protected"), "\(outcome.error)")
        #expect(try folder.bytes("out.png") == Data("precious".utf8))
    }

    /// What was painted for hours is not thrown away because somebody has taken its name.
    @Test func aNameTakenMeanwhileCostsNothing() async throws {
        let folder = try Scratch()
        try folder.take(await Fixture.silent(64, 48, frames: 40), as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        try folder.write("out.2.mp4", "precious".utf8)
        let outcome = try await Program.shell(
            """
            "$PROGRAM" in.mp4 --style style.png -o out.mp4 --style-size 64 --no-measure -q &
            while ! ls | grep part | grep -qv lock; do kill -0 $! || break; done
            printf precious >out.mp4
            wait $!
            """, in: folder)
        #expect(outcome.code == 73 && outcome.error.contains("out.3.mp4"), "\(outcome.error)")
        for name in ["out.mp4", "out.2.mp4"] { #expect(try folder.bytes(name) == Data("precious".utf8)) }
        #expect(try await Probe.read("out.3.mp4", in: folder).frameTimes.count == 40)
        #expect(try folder.contents().count == 5)
    }

    @Test(arguments: ["--help", "--version", "--generate-completion-script bash", "image --help"])
    func whatCannotBePrintedIsAFailure(_ words: String) async throws {
        let outcome = try await Program.shell("exec \"$PROGRAM\" \(words) >/dev/full", in: Scratch())
        #expect(outcome.code == 74 && outcome.error.contains("standard output"), "\(outcome.error)")
    }

    static let places = [
        Refusal("folder missing", Refusal.paint(output: "no/out.mp4"), code: 73, naming: "no/out.mp4"),
        Refusal("folder is a file", Refusal.paint(output: "style.png/out.mp4"), code: 73, naming: "style.png/out.mp4"),
        Refusal("folder is not writable", Refusal.paint(output: "/sys/out.mp4"), code: 73, naming: "/sys/out.mp4"),
        Refusal("a folder has its name", Refusal.paint(output: "out.mp4"), code: 73, naming: "out.mp4", "folder") {
            try $0.makeFolder("out.mp4")
        },
        Refusal("a device", Refusal.paint(output: "/dev/full"), code: 73, naming: "/dev/full"),
        Refusal(
            "a pipe", Refusal.paint(output: "out.mp4") + ["--overwrite"], code: 73, naming: "out.mp4", "regular file"
        ) {
            #expect(mkfifo($0.file("out.mp4"), 0o600) == 0)
        },
        Refusal("another container", Refusal.paint(output: "out.avi"), code: 73, naming: "out.avi", ".mp4"),
        Refusal("no extension", Refusal.paint(output: "out"), code: 73, naming: "out", ".mp4"),
        Refusal(
            "a picture on standard output", ["preview"] + Refusal.paint(output: "-") + ["--at", "0"], code: 73,
            naming: "standard output"),
        Refusal("an empty name", Refusal.paint(output: ""), code: 73),
        Refusal("control characters", Refusal.paint(output: "no\u{1B}[1m/out.mp4"), code: 73, naming: "\\u{1B}[1m"),
        Refusal("a folder that cannot be", Refusal.paint(output: "style.png/"), code: 73, naming: "style.png"),
        Refusal("exists", Refusal.paint(), code: 73, naming: "out.mp4", "--overwrite") {
            try $0.write("out.mp4", "precious".utf8)
        },
        Refusal("the default name exists", ["in.mp4", "--style", "style.png"], code: 73, naming: "in.stylized.mp4") {
            try $0.write("in.stylized.mp4", "precious".utf8)
        },
        Refusal(
            "a still of another format", ["image", "style.png", "--style", "style.png", "-o", "out.gif"], code: 73,
            naming: "out.gif", ".png"),
        Refusal(
            "a still's folder is missing", ["image", "style.png", "--style", "style.png", "-o", "no/out.png"], code: 73,
            naming: "no/out.png"),
        Refusal(
            "a preview exists", ["preview", "in.mp4", "--style", "style.png", "--at", "0", "-o", "out.png"], code: 73,
            naming: "out.png"
        ) { try $0.write("out.png", "precious".utf8) },
        Refusal(
            "a table's folder is missing", ["measure", "in.mp4", "--csv", "no/x.csv"], code: 73, naming: "no/x.csv"),
        Refusal("a table exists", ["measure", "in.mp4", "--csv", "x.csv"], code: 73, naming: "x.csv") {
            try $0.write("x.csv", "precious".utf8)
        },
    ]

    static let inputs = [
        Refusal("by name", Refusal.paint(output: "in.mp4") + ["--overwrite"], code: 73, naming: "in.mp4"),
        Refusal("by a longer name", Refusal.paint(output: "f/../in.mp4") + ["--overwrite"], code: 73, naming: "in.mp4")
        {
            try $0.makeFolder("f")
        },
        Refusal(
            "by a symbolic link", Refusal.paint(output: "link.mp4") + ["--overwrite"], code: 73, naming: "link.mp4",
            "in.mp4"
        ) {
            #expect(symlink("in.mp4", $0.file("link.mp4")) == 0)
        },
        Refusal(
            "through a linked folder", Refusal.paint(output: "f/in.mp4") + ["--overwrite"], code: 73, naming: "f/in.mp4"
        ) {
            #expect(symlink(".", $0.file("f")) == 0)
        },
        Refusal(
            "by a hard link", Refusal.paint(output: "link.mp4") + ["--overwrite"], code: 73, naming: "link.mp4",
            "in.mp4"
        ) {
            #expect(link($0.file("in.mp4"), $0.file("link.mp4")) == 0)
        },
        Refusal(
            "a still over its style", ["image", "in.png", "--style", "style.png", "-o", "style.png", "--overwrite"],
            code: 73, naming: "style.png"
        ) { try $0.take(await Fixture.style, as: "in.png") },
        Refusal(
            "a still over itself", ["image", "in.png", "--style", "style.png", "-o", "in.png", "--overwrite"],
            code: 73, naming: "in.png"
        ) { try $0.take(await Fixture.style, as: "in.png") },
        Refusal(
            "a table over the clip", ["measure", "x.csv", "--csv", "x.csv", "--overwrite"], code: 73, naming: "x.csv"
        ) {
            try $0.take(await Fixture.clip, as: "x.csv")
        },
    ]
}
