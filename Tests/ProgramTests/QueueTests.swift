import Foundation
import TestSupport
import Testing

/// Several clips and styles on one command line.
@Suite struct QueueTests {
    private func folder() async throws -> Scratch {
        let folder = try Scratch()
        try folder.take(await Fixture.silent(64, 48, frames: 4), as: "one.mp4")
        try folder.take(await Fixture.silent(64, 48, frames: 5), as: "two.mp4")
        try folder.take(await Fixture.style, as: "monet.png")
        try folder.take(await Fixture.style, as: "klimt.png")
        return folder
    }

    private func paint(_ inputs: [String], _ flags: [String]) -> [String] {
        inputs + ["--style", "monet.png", "--style-size", "64"] + flags
    }

    private func films(_ folder: Scratch) throws -> Set<String> {
        Set(try folder.contents().keys.filter { !["one.mp4", "two.mp4", "monet.png", "klimt.png"].contains($0) })
    }

    @Test func everyClipIsPaintedByEveryStyle() async throws {
        let folder = try await folder()
        let both = ["--style", "klimt.png"]
        var outcome = try await Program.run(paint(["one.mp4", "two.mp4"], both + ["-o", "out/"]), in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(
            try films(folder) == [
                "out", "out/one.monet.mp4", "out/one.klimt.mp4", "out/two.monet.mp4", "out/two.klimt.mp4",
            ])
        outcome = try await Program.run(paint(["one.mp4", "two.mp4"], ["-o", "{name}-{style}.mkv"]), in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(try films(folder).isSuperset(of: ["one-monet.mkv", "two-monet.mkv"]))
        // A folder that is there; one clip, of a mix.
        outcome = try await Program.run(paint(["one.mp4"], both + ["--mix", "0.5,0.5", "-o", "out"]), in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(try films(folder).contains("out/one.stylized.mp4"))
    }

    /// A folder of pictures is a clip as any other: painted once, left alone, and told of at its turn.
    @Test func foldersOfPicturesAreClipsAmongOthers() async throws {
        let folder = try await folder()
        for name in ["shots", "none"] {
            try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: false)
        }
        try await folder.ffmpeg(["-i", "two.mp4", "shots/s%02d.png"])
        let command = paint(["one.mp4", "shots", "none"], ["-o", "out/"])
        for words in ["2 painted", "2 painted before"] {
            let outcome = try await Program.run(command, in: folder)
            #expect(outcome.code == 65, "\(outcome.error)")
            for part in [words, "cannot open none: the folder holds no pictures", "1 of 3 films is not painted"] {
                #expect(outcome.error.contains(part), "\(outcome.error)")
            }
        }
        let left = try await Program.run(paint(["shots", "two.mp4"], ["-o", "out/", "--skip-existing"]), in: folder)
        #expect(left.code == 0 && left.error.contains("1 painted, 1 left alone"), "\(left.error)")
        let twice = try await Program.run(paint(["shots", "shots"], ["-o", "again/"]), in: folder)
        #expect(twice.code == 64 && twice.error.contains("shots would be painted twice"), "\(twice.error)")
    }

    /// Standard input is read once, for all of its films.
    @Test func standardInputByTwoStyles() async throws {
        let folder = try await folder()
        let outcome = try await Program.shell(
            "\"$PROGRAM\" - --style monet.png --style klimt.png --style-size 64 -o '{style}.mp4' < one.mp4", in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(try folder.bytes("monet.mp4") == folder.bytes("klimt.mp4"))
    }

    /// Pictures that are read are never written over, whatever leads to them.
    @Test(arguments: [
        ["shots", "-o", "shots/s%02d.png"], ["shots/s%02d.png", "-o", "./link/s%02d.png"],
        ["preview", "shots", "--at", "0", "-o", "shots/s02.png"], ["one.mp4", "-o", "%02d.png"],
    ])
    func picturesThatAreReadAreLeftAlone(_ words: [String]) async throws {
        let folder = try await folder()
        try FileManager.default.createDirectory(atPath: folder.file("shots"), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("link"), withDestinationPath: folder.file("shots"))
        try await folder.ffmpeg(["-i", "two.mp4", "shots/s%02d.png"])
        try folder.take(await Fixture.style, as: "04.png")
        let before = try folder.contents()
        let style = words[0] == "one.mp4" ? "04.png" : "monet.png"
        let outcome = try await Program.run(
            words + ["--style", style, "--style-size", "64", "--overwrite"], in: folder)
        #expect(outcome.code == 73 && outcome.error.contains("never written to"), "\(outcome.error)")
        #expect(try folder.contents() == before)
    }

    /// A name without an ending, which no film can have, is a folder's; braces may stand in one that is there.
    @Test func ofSeveralFilmsAPlainNameIsAFolder() async throws {
        let folder = try await folder()
        var outcome = try await Program.run(paint(["one.mp4", "two.mp4"], ["-o", "new"]), in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(try films(folder) == ["new", "new/one.stylized.mp4", "new/two.stylized.mp4"])
        try folder.makeFolder("{a}")
        outcome = try await Program.run(paint(["one.mp4"], ["-o", "{a}/{style}.mp4"]), in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(try films(folder).contains("{a}/monet.mp4"))
    }

    @Test(arguments: ["/proc/", "/proc", "/proc/new/", "/sys/x.mp4"]) func noFilmsGoWhereNoneCanBe(_ output: String)
        async throws
    {
        let folder = try await folder()
        let inputs = output.hasSuffix("mp4") ? ["one.mp4"] : ["one.mp4", "two.mp4"]
        let outcome = try await Program.run(paint(inputs, ["-o", output]), in: folder)
        #expect(outcome.code == 73 && outcome.errorLines.count == 1, "\(outcome.error)")
    }

    /// The exit code is the first failure's, and its last line says that there is one.
    @Test func whatFailsIsSaid() async throws {
        let folder = try await folder()
        let command = paint(["one.mp4", "gone.mp4", "two.mp4"], ["--json"])
        var outcome = try await Program.run(command, in: folder)
        #expect(outcome.code == 66)
        #expect(
            outcome.errorLines.last == "stylevideo: 1 of 3 films is not painted; the same command tries what is left")
        struct Report: Decodable {
            struct Film: Decodable {
                struct Painted: Decodable { var frames: Int }
                var input, output, state: String
                var code: Int?
                var error: String?
                var report: Painted?
            }
            var schema: Int
            var films: [Film]
        }
        var report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
        #expect(report.films.map(\.state) == ["painted", "failed", "painted"])
        #expect(report.films.map(\.code) == [nil, 66, nil] && report.films.map { $0.report?.frames } == [4, nil, 5])
        #expect(report.films[1].error?.contains("gone.mp4") == true)
        try folder.take(await Fixture.silent(64, 48, frames: 4), as: "gone.mp4")
        outcome = try await Program.run(command, in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
        #expect(report.films.map(\.state) == ["wasThere", "painted", "wasThere"])
        outcome = try await Program.run(command, in: folder)
        #expect(outcome.code == 73)
        #expect(
            outcome.errorLines.last?.hasSuffix(
                "3 of them for what has the name already: --skip-existing passes that over"
            )
                == true, "\(outcome.error)")
        outcome = try await Program.run(command + ["--skip-existing"], in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
    }

    /// A film that was painted before gets a page that is missing; one that has no place stops its film alone.
    @Test func eachFilmHasItsPage() async throws {
        let folder = try await folder()
        let command = paint(["one.mp4", "gone.mp4", "two.mp4"], ["-o", "out/", "--report", "pages/"])
        try folder.makeFolder("pages")
        try folder.write("pages/two.stylized.html", "mine".utf8)
        var outcome = try await Program.run(command, in: folder)
        #expect(outcome.code == 66 && outcome.error.contains("pages/two.stylized.html"), "\(outcome.error)")
        let made = try films(folder).filter { !$0.hasSuffix(".queue") }
        #expect(
            made == ["out", "out/one.stylized.mp4", "pages", "pages/one.stylized.html", "pages/two.stylized.html"],
            "\(made)")
        for page in ["one", "two"] { unlink(folder.file("pages/\(page).stylized.html")) }
        try folder.take(await Fixture.silent(64, 48, frames: 4), as: "gone.mp4")
        outcome = try await Program.run(command, in: folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        for (name, deed) in [("one", "measured"), ("two", "painted"), ("gone", "painted")] {
            let page = try String(contentsOfFile: folder.file("pages/\(name).stylized.html"), encoding: .utf8)
            #expect(page.contains("\(name).mp4") && page.contains(deed))
        }
        outcome = try await Program.run(
            paint(["one.mp4", "two.mp4"], ["-o", "{name}.mkv", "--report", "page.html"]), in: folder)
        #expect(outcome.code == 64 && outcome.error.contains("page.html is one file"), "\(outcome.error)")
    }

    /// A clip may be called as a field is, and settings that stand in a file may name folders.
    @Test func namesAreFilledInOnce() async throws {
        let folder = try await folder()
        try folder.take(await Fixture.silent(64, 48, frames: 4), as: "{style}.mp4")
        try folder.write("my.conf", "output = out/\nreport = pages/\n".utf8)
        var outcome = try await Program.run(paint(["{style}.mp4"], ["-o", "a-{name}.mp4"]), in: folder)
        #expect(outcome.code == 0 && folder.exists("a-{style}.mp4"), "\(outcome.error)")
        outcome = try await Program.run(paint(["one.mp4"], ["--config", "my.conf"]), in: folder)
        #expect(outcome.code == 0 && outcome.error.contains("pages/one.stylized.html: the page about it"))
        #expect(folder.exists("out/one.stylized.mp4") && folder.exists("pages/one.stylized.html"), "\(outcome.error)")
    }

    /// Also where it is a folder, of which pictures were expected.
    @Test func aFolderWithoutPicturesStopsNoOther() async throws {
        let folder = try await folder()
        try folder.makeFolder("empty")
        let outcome = try await Program.run(paint(["empty", "one.mp4"], ["-o", "out/"]), in: folder)
        #expect(outcome.code == 65)
        #expect(try films(folder).contains("out/one.stylized.mp4"), "\(outcome.error)")
    }

    @Test(arguments: [
        (["one.mp4", "two.mp4"], ["-o", "out.mp4"], "out.mp4 is one file, and 2 films are to be painted"),
        (["one.mp4", "two.mp4"], ["-o", "out{style}.mp4"], "would both be painted into outmonet.mp4"),
        (["one.mp4", "one.mp4"], [], "one.mp4 would be painted twice into one.stylized.mp4"),
        (["one.mp4", "-"], ["-o", "out/"], "standard input is one clip"),
        (["one.mp4", "two.mp4"], ["--work-dir", "w"], "--work-dir is of one film"),
        (["one.mp4", "two.mp4"], ["-o", "{name}%04d.png"], "pictures as output are of one clip"),
        (["one.mp4", "one.stylized.mp4"], [], "one.stylized.mp4 would be both read and written"),
        (["one.mp4"], ["-o", "{bogus}.mp4"], "{bogus} is no field of an output's name: there are {name} and {style}"),
        (["one.mp4", "two.mp4"], ["-o", "{name}/{clip}.mp4"], "{clip} is no field"),
        (["one.mp4", "two.mp4"], ["-o", "one.mp4.d"], "one.mp4.d is one file, and 2 films"),
        (["one.mp4"], ["-o", "out"], "its name must end in .mp4"),
    ])
    func isRefused(_ inputs: [String], _ flags: [String], _ words: String) async throws {
        let folder = try await folder()
        let before = try films(folder)
        let outcome = try await Program.run(paint(inputs, flags), in: folder)
        #expect(try films(folder) == before)
        #expect(outcome.code == (words.hasPrefix("its name") ? 73 : 64))
        #expect(outcome.errorLines.count == 1 && outcome.error.contains(words), "\(outcome.error)")
    }
}
