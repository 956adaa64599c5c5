import Foundation
import TestSupport
import Testing

@testable import Program

/// Settings that stand in files and in the environment.
@Suite struct SettingsTests {
    private static let paint = Flags(of: PaintCommand.self)!

    /// What the parser is given.
    private static func arguments(
        _ words: [String], _ sources: [[Setting]] = [], command: String? = nil, flags: Flags = paint
    ) -> [String] {
        SettingsInForce(command: command, CommandLineWords(words, flags), flags, sources).arguments
    }

    private static func setting(_ key: String, _ values: String...) -> Setting {
        Setting(key: key, values: values, origin: "a file")
    }

    @Test func linesAreRead() throws {
        let file = try SettingsFile(
            """
            # a comment
            style-size = 768
            style=a b.jpg   # and what follows
              no-measure\r
            encoder-option = tune=film
            style = "c # d.jpg" # in quotes
            output = 'it is "so".mp4'
            max-size = 12#3

            [preview]   # its own
            max-size = 640
            """, path: "x.conf")
        #expect(
            file.lines.map { [$0.command ?? "", $0.key, $0.value] } == [
                ["", "style-size", "768"], ["", "style", "a b.jpg"], ["", "no-measure", "yes"],
                ["", "encoder-option", "tune=film"], ["", "style", "c # d.jpg"], ["", "output", "it is \"so\".mp4"],
                ["", "max-size", "12#3"], ["preview", "max-size", "640"],
            ])
        #expect(file.lines.map(\.number) == [2, 3, 4, 5, 6, 7, 8, 11])
    }

    @Test(arguments: [
        "--crf = 3", "crf =", "crf = # nothing", "two words = 3", "= 3", "[nothing]", "[preview", "style = \"a",
        "style = 'a' b", "Crf = 3",
    ]) func linesThatSayNothingAreRefused(_ line: String) {
        let error = #expect(throws: SettingsError.self) { try SettingsFile("\n" + line, path: "x.conf") }
        #expect(error?.description.hasPrefix("x.conf, line 2: ") == true)
    }

    @Test func wordsAreToldApart() {
        let words = CommandLineWords(
            [
                "in.mp4", "--style", "a.jpg", "-e", "tune=film", "--crf=3", "-q", "--style=-b.jpg", "--no-measure=no",
                "-o", "-", "--threads", "--json", "--bogus", "x", "--", "--crf", "4",
            ], Self.paint)
        #expect(
            words.said.map(\.name) == [
                "style", "encoder-option", "crf", "quiet", "style", "no-measure", "output", "threads", "json",
            ])
        #expect(words.said.map(\.value) == ["a.jpg", "tune=film", "3", nil, "-b.jpg", "no", "-", nil, nil])
        #expect(words.others == ["in.mp4", "x", "--crf", "4"])
    }

    @Test func theStrongestSourceCounts() {
        let sources = [
            [Self.setting("crf", "30"), Self.setting("max-size", "640")], [Self.setting("crf", "25")],
        ]
        #expect(Self.arguments(["in.mp4"], sources) == ["--max-size=640", "--crf=25", "in.mp4"])
        #expect(Self.arguments(["in.mp4", "--crf", "20"], sources) == ["--max-size=640", "in.mp4", "--crf", "20"])
        #expect(Self.arguments(["in.mp4"], sources, command: "paint").first == "paint")
    }

    @Test func whatIsRepeatedIsReplacedAsAWhole() {
        let sources = [[Self.setting("style", "a", "b"), Self.setting("encoder-option", "tune=film")]]
        #expect(Self.arguments(["in"], sources) == ["--style=a", "--style=b", "--encoder-option=tune=film", "in"])
        #expect(Self.arguments(["in", "-e", "g=5", "--style", "c"], sources) == ["in", "-e", "g=5", "--style", "c"])
    }

    @Test func flagsAreUndone() {
        let sources = [[Self.setting("no-measure", "yes"), Self.setting("overwrite", "yes")]]
        #expect(Self.arguments(["in"], sources) == ["--no-measure", "--overwrite", "in"])
        #expect(Self.arguments(["in", "--no-measure=no"], sources) == ["--overwrite", "in"])
        #expect(Self.arguments(["in", "--overwrite=off", "--no-measure=on"], sources) == ["in", "--no-measure"])
        #expect(Self.arguments(["in"], sources + [[Self.setting("no-measure", "no")]]) == ["--overwrite", "in"])
        // The options' own words are theirs.
        #expect(Self.arguments(["in", "--steady=off"]) == ["in", "--steady=off"])
    }

    @Test func quietAndVerboseTakeEachOtherAway() {
        #expect(Self.arguments(["in", "-v"], [[Self.setting("quiet", "yes")]]) == ["in", "-v"])
        #expect(
            Self.arguments(["in"], [[Self.setting("quiet", "yes")], [Self.setting("verbose", "yes")]]) == [
                "--verbose", "in",
            ])
    }

    @Test func whatFollowsTwoDashesIsUntouched() {
        let words = ["--", "--no-measure=no", "-e"]
        #expect(Self.arguments(words, [[Self.setting("no-measure", "yes")]]) == ["--no-measure"] + words)
    }

    @Test func aQualityIsWeakerThanWhatIsSaidBesideItAndStrongerThanWhatIsWeaker() {
        func value(_ key: String, _ words: [String], _ sources: [[Setting]] = []) -> String? {
            SettingsInForce(command: nil, CommandLineWords(words, Self.paint), Self.paint, sources).settings
                .first { $0.key == key }?.values.last
        }
        let draft = ["in.mp4", "--quality", "draft"]
        #expect(value("max-size", draft) == "640" && value("no-measure", draft) == "yes")
        #expect(value("max-size", draft + ["--max-size", "320"]) == "320")
        #expect(value("max-size", draft, [[Self.setting("max-size", "100")]]) == "640")
        #expect(value("crf", ["in.mp4", "--crf", "9"], [[Self.setting("quality", "best")]]) == "9")
        for folder in [["a.mp4", "b.mp4", "-o", "new"], ["a.mp4", "-o", "new/"], ["a.mp4", "-o", "/tmp"]] {
            #expect(value("crf", folder + ["--quality", "best"]) == "14", "\(folder)")
        }
        #expect(value("crf", ["a.mp4", "-o", "shot%d.png", "--quality", "best"]) == nil)
        #expect(value("max-size", ["in", "--quality=good"], [[Self.setting("max-size", "9")]]) == nil)
    }

    /// By a flag, the environment, a project's file and the user's: which of a quality and a single setting counts.
    @Test(arguments: 0..<4, 0..<4) func ofAQualityAndASettingTheHigherPlaceCounts(_ quality: Int, _ setting: Int) {
        var places = [[Setting]](repeating: [], count: 3)
        var words = ["in.mp4"]
        func put(_ key: String, _ value: String, _ place: Int) {
            if place == 3 { words.append("--\(key)=\(value)") } else { places[place].append(Self.setting(key, value)) }
        }
        put("max-size", "320", setting)
        put("quality", "draft", quality)
        let all = SettingsInForce(command: nil, CommandLineWords(words, Self.paint), Self.paint, places).settings
        func value(_ key: String) -> String? { all.first { $0.key == key }?.values.last }
        #expect(value("max-size") == (setting >= quality ? "320" : "640"))
        #expect(value("steady") == "hold" && value("no-measure") == "yes")
    }

    /// The same of a whole program, whose sources are files and variables.
    @Test func aQualityCountsAsThePlaceWhereItIsSaid() async throws {
        let folder = try Scratch()
        try folder.makeFolder("stylevideo")
        try folder.write("stylevideo/config", "max-size = 320\nquality = best\n".utf8)
        func size(_ words: [String], _ more: [String: String] = [:]) async throws -> String? {
            let environment = ["XDG_CONFIG_HOME": folder.path.string].merging(more) { $1 }
            let outcome = try await Program.run(
                ["in.mp4", "--style", "s.png", "--print-config"] + words, in: folder, environment: environment)
            #expect(outcome.code == 0, "\(outcome.error)")
            return outcome.output.firstMatch(of: /max-size = ([0-9]+)/).map { String($0.output.1) }
        }
        #expect(try await size([]) == "320")
        #expect(try await size(["--quality", "draft"]) == "640")
        #expect(try await size([], ["STYLEVIDEO_QUALITY": "good"]) == nil)
        try folder.write("stylevideo.conf", "quality = draft\n".utf8)
        #expect(try await size([]) == "640")
        #expect(try await size([], ["STYLEVIDEO_MAX_SIZE": "480"]) == "480")
        #expect(try await size(["--quality=draft"], ["STYLEVIDEO_MAX_SIZE": "480"]) == "640")
        #expect(try await size(["--max-size=200"], ["STYLEVIDEO_QUALITY": "draft"]) == "200")
    }

    /// Each as its encoder has it.
    @Test(
        arguments: [
            ([], "veryfast"), (["-o", "out.webm"], "8"), (["--codec", "av1"], "8"), (["-o", "out.mkv"], "veryfast"),
            (["--codec", "ffv1", "-o", "out.mkv"], nil), (["-o", "out%03d.png"], nil),
            (["--codec", "prores", "-o", "out.mov"], nil),
        ] as [([String], String?)])
    func aQualityChoosesAnEncodersPreset(_ more: [String], _ expected: String?) {
        let words = CommandLineWords(["in.mp4", "--quality", "draft"] + more, Self.paint)
        let settings = SettingsInForce(command: nil, words, Self.paint, [])
        #expect(settings.settings.first { $0.key == "encoder-preset" }?.values.last == expected)
    }

    @Test func aCommandTakesOfAQualityWhatItKnows() {
        let flags = Flags(of: ImageCommand.self)!
        #expect(Self.arguments(["in", "--quality", "draft"], flags: flags).prefix(1) == ["--max-size=640"])
        #expect(Self.arguments(["in", "--quality", "draft"], flags: flags).count == 4)
    }

    @Test func whatIsPrintedIsAFileOfTheSameSettings() throws {
        let words = CommandLineWords(
            ["in.mp4", "--style", "a # \"b\".jpg", "-e", "tune=film", "-e", "g=5"], Self.paint)
        let text = SettingsInForce(command: nil, words, Self.paint, [[Self.setting("no-measure", "yes")]]).text
        let sources = SettingsSources(command: PaintCommand.self, flags: Self.paint) { _ in nil }
        let read = try sources.settings(of: SettingsFile(text, path: "x.conf"))
        func values(_ key: String) -> [String]? { read.first { $0.key == key }?.values }
        // Named from where the command was given, wherever the file will lie.
        let picture = FileManager.default.currentDirectoryPath + "/a # \"b\".jpg"
        #expect(values("style") == [picture] && values("encoder-option") == ["tune=film", "g=5"])
        #expect(values("no-measure") == ["yes"] && values("style-size") == ["512"] && values("crf") == nil)
        #expect(text.contains("no-measure = yes  # a file\n") && text.contains("style-size = 512  # usual\n"))
    }

    @Test func sourcesAreReadInTheirOrder() throws {
        let folder = try Scratch()
        for name in ["home/stylevideo", "clips"] {
            try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
        }
        try folder.write("home/stylevideo/config", "crf = 1\nmax-size = 100\nstyle = ../s.jpg\npoint = 1,2\n".utf8)
        try folder.write("clips/stylevideo.conf", "crf = 2\nregion = alpha=s.jpg\nregion=m.png=/s.jpg\n".utf8)
        try folder.write("named.conf", "crf = 4\n[preview]\nmax-size = 7\n[paint]\nmax-size = 8\n".utf8)
        let variables = ["XDG_CONFIG_HOME": folder.file("home"), "STYLEVIDEO_CRF": "3", "STYLEVIDEO_JSON": "on"]
        let sources = SettingsSources(command: PaintCommand.self, flags: Self.paint) { variables[$0] }
        let clip = folder.file("clips/in.mp4")
        let read = try sources.read(for: CommandLineWords([clip, "--config", folder.file("named.conf")], Self.paint))
        func values(_ place: Int, _ key: String) -> [String]? { read[place].first { $0.key == key }?.values }
        #expect((0..<4).map { values($0, "crf") } == [["1"], ["2"], ["3"], ["4"]])
        #expect(values(3, "max-size") == ["8"] && values(2, "json") == ["yes"] && values(0, "point") == nil)
        #expect(values(0, "style") == [folder.file("home/stylevideo/../s.jpg")])
        #expect(values(1, "region") == ["alpha=" + folder.file("clips/s.jpg"), folder.file("clips/m.png") + "=/s.jpg"])
        let alone = try sources.read(
            for: CommandLineWords([clip, "--no-config", "--config", folder.file("named.conf")], Self.paint))
        #expect(alone.count == 1 && alone[0].contains { $0.key == "crf" && $0.values == ["4"] })
    }

    @Test(arguments: [
        ("output = x.mp4", "output"), ("overwrite = yes", "overwrite"), ("restart", "restart"),
        ("work-dir = /", "work-dir"), ("[plan]\njob = /x", "job"), ("[measure]\ncsv = x.csv", "csv"),
        ("config = more.conf", "config"), ("crff = 3", "'crf'"), ("null = yes", "'null'"),
        ("no-measure = perhaps", "perhaps"),
    ]) func aFileBesideAClipMayNotDoAll(_ text: String, _ naming: String) async throws {
        let refusal = Refusal(text, Refusal.paint(), code: 64, naming: "stylevideo.conf, line", naming) {
            try $0.write("stylevideo.conf", text.utf8)
        }
        try await refusal.check()
    }

    @Test func aWrongSettingSaysWhereItStands() async throws {
        try await Refusal("a setting", Refusal.paint(), code: 64, naming: "--crf", "stylevideo.conf, line 1") {
            try $0.write("stylevideo.conf", "crf = 99".utf8)
        }.check()
        for (line, name) in [("strength = 9", "--strength"), ("brush = 40", "--brush"), ("mix = 0.5,0.9", "--mix")] {
            try await Refusal(line, Refusal.paint(), code: 64, naming: "\(name) is set by", "stylevideo.conf, line 2") {
                try $0.write("stylevideo.conf", "\n\(line)".utf8)
            }.check()
        }
        try await Refusal("no text", Refusal.paint() + ["--config", "in.mp4"], code: 65, naming: "in.mp4").check()
    }

    /// What is read is never written over, what says how it is done neither.
    @Test(arguments: ["--config", "--timeline", "--weights"]) func noFileThatIsReadIsWrittenOver(flag: String)
        async throws
    {
        let words = Refusal.paint() + [flag, "also.mp4", "-o", "./also.mp4", "--overwrite"]
        let refusal = Refusal(flag, words, code: 73, naming: "also.mp4 is the input also.mp4") {
            try $0.write("also.mp4", flag == "--config" ? "crf = 20\n".utf8 : "0 strength=1\n".utf8)
        }
        try await refusal.check()
    }

    @Test func aClipIsPaintedByTheSettingsBesideIt() async throws {
        let folder = try Scratch()
        try folder.take(await Fixture.clip, as: "in.mp4")
        try folder.take(await Fixture.style, as: "style.png")
        try folder.write("stylevideo.conf", "style = style.png\nstyle-size = 64\nno-measure = yes\nframes = 3\n".utf8)
        let environment = ["STYLEVIDEO_FRAMES": "2"]
        let outcome = try await Program.run(
            ["in.mp4", "-o", "out.mp4", "--json"], in: folder, environment: environment)
        let report = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        #expect(outcome.code == 0 && report?["frames"] as? Int == 2 && report?["temporalLPIPS"] == nil)
        let printed = try await Program.run(
            ["in.mp4", "--print-config", "--crf=9"], in: folder, environment: environment)
        #expect(printed.code == 0 && printed.error.isEmpty)
        #expect(printed.output.contains("frames = 2  # the environment's STYLEVIDEO_FRAMES\n"))
        #expect(printed.output.contains("crf = 9  # the command line\n"))
        let without = try await Program.run(
            ["in.mp4", "-o", "other.mp4", "--no-config"], in: folder, environment: environment)
        #expect(without.code == 64 && without.error.contains("--style"))
    }

    /// What came with a clip may not say what is written, whose it is among several is not guessed, and nothing is
    /// waited for.
    @Test(
        arguments: [
            ("a/stylevideo.conf", "report = x.html", ["a/in.mp4"], "report may not stand in a file beside a clip"),
            ("a/stylevideo.conf", "csv = x.csv", ["a/in.mp4"], "csv may not stand in a file beside a clip"),
            (
                "a/stylevideo.conf", "crf = 20", ["a/in.mp4", "b/in.mp4", "-o", "out/"],
                "a/stylevideo.conf lies beside some of the inputs"
            ),
            (
                "b/stylevideo.conf", "crf = 20", ["a/in.mp4", "./b/in.mp4", "-o", "out/"],
                "b/stylevideo.conf lies beside some of the inputs"
            ),
            ("a/stylevideo.conf/x", "", ["a/in.mp4"], "a/stylevideo.conf is no file of settings"),
            ("a/none", "", ["a/in.mp4", "--overwrite="], "--overwrite= must be yes or no, and is empty"),
        ] as [(String, String, [String], String)])
    func isRefused(_ file: String, _ line: String, _ words: [String], _ sentence: String) async throws {
        let folder = try Scratch()
        for name in ["a", "b"] {
            try folder.makeFolder(name)
            try folder.take(await Fixture.silent(64, 48, frames: 2), as: name + "/in.mp4")
        }
        try folder.take(await Fixture.style, as: "style.png")
        if file.hasSuffix("/x") { try folder.makeFolder(String(file.dropLast(2))) }
        try folder.write(file, (line + "\n").utf8)
        let outcome = try await Program.run(words + ["--style", "style.png"], in: folder)
        #expect([64, 65].contains(outcome.code), "\(outcome.error)")
        #expect(outcome.errorLines.count == 1 && outcome.error.contains(sentence), "\(outcome.error)")
        #expect(try folder.contents().keys.allSatisfy { !$0.contains("stylized") && !$0.hasSuffix("html") })
    }

    /// With the sentence and the code of the run, whatever is missing besides.
    @Test(
        arguments: [
            (["--crf", "99"], "--crf"), (["--steady", "no"], "steady"), (["--strength", "9"], "strength"),
            (["--brush", "0.1"], "brush"), (["--mix", "0.7,0.7"], "sum to 1.4"), (["--style-size", "9"], "48"),
            (["-o", "{x}.mp4"], "{x}"), (["--codec", "prores"], "prores"), (["--background", "source"], "region"),
            (["--region", "m.png=s.png"], "--style"), (["--bogus"], "--bogus"), (["preview", "--at", "x"], "--at"),
            (["image", "--region", "alpha=s.png", "--background", "source"], "alpha"),
            (["sheet", "--cell", "1"], "cell"),
        ]) func whatWouldBeRefusedIsNotPrinted(_ words: [String], _ naming: String) async throws
    {
        let folder = try Scratch()
        let outcome = try await Program.run(words + ["--print-config"], in: folder)
        #expect(outcome.code == 64 && outcome.output.isEmpty && outcome.errorLines.count == 1, "\(outcome.error)")
        #expect(outcome.error.contains(naming), "\(outcome.error)")
    }

    /// Nothing needs to be named for that.
    @Test(arguments: StyleVideoCommand.commandNames) func settingsArePrintedOfEveryCommand(_ name: String) async throws
    {
        let outcome = try await Program.run([name, "--print-config"], in: Scratch())
        #expect(
            outcome.code == 0 && outcome.error.isEmpty && outcome.output.contains("progress = line  # usual\n"),
            "\(outcome.error)")
    }

    @Test func variablesThatMeanNothingAreTold() async throws {
        let names = [
            "STYLEVIDEO_STYEL_SIZE", "STYLEVIDEO_CPU", "STYLEVIDEO_PYTHON", "STYLEVIDEO_POINT", "STYLEVIDEO", "HOME",
        ]
        let one = try #require(Variables.notice(of: names))
        #expect(
            one == "the environment's STYLEVIDEO_STYEL_SIZE means nothing here (did you mean 'STYLEVIDEO_STYLE_SIZE'?)")
        #expect(Variables.notice(of: Array(names.dropFirst())) == nil)
        #expect(
            Variables.notice(of: names + ["STYLEVIDEO_CONFIG"])?.hasSuffix(": STYLEVIDEO_CONFIG, STYLEVIDEO_STYEL_SIZE")
                == true)
        let environment = ["STYLEVIDEO_STYEL_SIZE": "9"]
        for (words, isTold) in [([], true), (["--no-config"], false), (["-q"], false)] {
            let outcome = try await Program.run(
                ["info", "--print-config"] + words, in: Scratch(), environment: environment)
            #expect(outcome.code == 0 && (outcome.error == "note: \(one)\n") == isTold, "\(outcome.error)")
        }
    }

    @Test func aMarkOfTheOrderOfBytesIsNoText() throws {
        let file = try SettingsFile("\u{FEFF}crf = 3\r\nsteady = off", path: "x.conf")
        #expect(file.lines.map(\.key) == ["crf", "steady"])
    }

    @Test func masksAndTheirPicturesArePrintedWithTheirFolders() {
        let words = CommandLineWords(["in.mp4", "--region", "m.png=s.png", "--region", "alpha=/s.png"], Self.paint)
        let text = SettingsInForce(command: nil, words, Self.paint, []).text
        let folder = FileManager.default.currentDirectoryPath
        #expect(
            text.contains("region = \(folder)/m.png=\(folder)/s.png  #") && text.contains("region = alpha=/s.png  #"))
    }

    /// What is printed is a file of settings, good from anywhere.
    @Test func whatIsPrintedIsReadAgain() async throws {
        let folder = try Scratch()
        try folder.makeFolder("deep")
        let first = try await Program.run(
            ["in.mp4", "--style", "a b.png", "--crf", "20", "--print-config"], in: folder)
        #expect(first.code == 0, "\(first.error)")
        try folder.write("deep/again.conf", first.output.utf8)
        let second = try await Program.run(
            ["in.mp4", "--no-config", "--config", "deep/again.conf", "--print-config"], in: folder)
        func settings(_ text: String) -> [String] {
            text.split(separator: "\n").map { String($0.prefix(upTo: $0.range(of: "  # ")!.lowerBound)) }
        }
        #expect(settings(first.output) == settings(second.output) && first.output.contains("a b.png"))
    }
}
