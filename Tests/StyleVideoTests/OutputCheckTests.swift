import Glibc
import StyleVideo
import SystemPackage
import Testing

@Suite struct OutputCheckTests {
    /// The error's case, or nil where the output is accepted.
    private func refusal(_ output: FilePath, inputs: [FilePath] = [], overwrite: Bool = false) -> JobError? {
        do {
            try OutputCheck.check(output, inputs: inputs, extensions: ["mp4"], overwrite: overwrite)
            return nil
        } catch {
            return error as? JobError
        }
    }

    private func touch(_ path: FilePath) throws {
        try FileDescriptor.open(path, .writeOnly, options: .create, permissions: .ownerReadWrite).close()
    }

    @Test func acceptsNewNamesAndThoseThatMayBeReplaced() throws {
        let place = try Workplace()
        #expect(refusal(place.file("new.mp4")) == nil)
        #expect(refusal(place.file("new.MP4")) == nil)
        try touch(place.file("old.mp4"))
        #expect(refusal(place.file("old.mp4"), overwrite: true) == nil)
        guard case .exists? = refusal(place.file("old.mp4")) else {
            return #expect(Bool(false), "an old file is replaced")
        }
    }

    /// A link that leads nowhere, as to a drive that is not mounted, is no free name.
    @Test func aLinkIsNoNewName() throws {
        let place = try Workplace()
        #expect(symlink(place.file("away/out.mp4").string, place.file("out.mp4").string) == 0)
        guard case .exists? = refusal(place.file("out.mp4")) else {
            return #expect(Bool(false), "a link is taken for a new name")
        }
        #expect(refusal(place.file("out.mp4"), overwrite: true) == nil)
    }

    @Test func findsInputsBehindLinks() throws {
        let place = try Workplace()
        let input = place.file("in.mp4")
        try touch(input)
        #expect(symlink(input.string, place.file("soft.mp4").string) == 0)
        #expect(link(input.string, place.file("hard.mp4").string) == 0)
        #expect(symlink(place.folder.string, place.file("way").string) == 0)
        for name in ["in.mp4", "soft.mp4", "hard.mp4", "way/in.mp4", "way/way/soft.mp4"] {
            guard case .sameFile(let output, let other)? = refusal(place.file(name), inputs: [input], overwrite: true)
            else { return #expect(Bool(false), "\(name) is accepted") }
            #expect(output == place.file(name).string && other == input.string)
        }
    }

    @Test(arguments: ["no/out.mp4", "in.mp4/out.mp4", "out.mkv", "out", "out.mp4.txt", ".mp4"])
    func refusesPlacesAndNames(_ name: String) throws {
        let place = try Workplace()
        try touch(place.file("in.mp4"))
        guard case .output(let file, let reason)? = refusal(place.file(name)) else {
            return #expect(Bool(false), "\(name) is accepted")
        }
        #expect(file == place.file(name).string && !reason.isEmpty)
    }

    @Test func refusesFolders() throws {
        let place = try Workplace()
        #expect(mkdir(place.file("out.mp4").string, 0o755) == 0)
        guard case .output? = refusal(place.file("out.mp4"), overwrite: true) else {
            return #expect(Bool(false), "a folder is accepted")
        }
    }

    @Test(arguments: [
        ("in.mp4", "in.stylized.mp4"), ("/a/b.c/in.mkv", "/a/b.c/in.stylized.mp4"), ("a.b.mov", "a.b.stylized.mp4"),
        ("../in", "../in.stylized.mp4"), ("x/.hidden", "x/.hidden.stylized.mp4"),
    ]) func defaultNameIsBesideTheInput(_ input: String, _ output: String) {
        #expect(VideoJob.defaultOutput(for: FilePath(input)).string == output)
    }
}
