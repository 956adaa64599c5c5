import Glibc
import Machine
import Machine
import SystemPackage
import TestSupport
import Testing

@Suite struct OutputCheckTests {
    /// The error's case, or nil where the output is accepted.
    private func refusal(_ output: FilePath, inputs: [FilePath] = [], overwrite: Bool = false) -> OutputError? {
        do {
            try OutputCheck.check(output, inputs: inputs, extensions: ["mp4"], overwrite: overwrite)
            return nil
        } catch {
            return error as? OutputError
        }
    }

    private func touch(_ path: FilePath) throws {
        try FileDescriptor.open(path, .writeOnly, options: .create, permissions: .ownerReadWrite).close()
    }

    @Test func acceptsNewNamesAndThoseThatMayBeReplaced() throws {
        let place = try Scratch()
        #expect(refusal(place("new.mp4")) == nil)
        #expect(refusal(place("new.MP4")) == nil)
        try touch(place("old.mp4"))
        #expect(refusal(place("old.mp4"), overwrite: true) == nil)
        guard case .exists? = refusal(place("old.mp4")) else {
            return #expect(Bool(false), "an old file is replaced")
        }
    }

    /// What is no file is never replaced, whatever leads to it.
    @Test func aPipeStaysAPipe() throws {
        let place = try Scratch()
        #expect(mkfifo(place("pipe").string, 0o600) == 0)
        #expect(symlink("pipe", place("link.mp4").string) == 0)
        for (target, follows) in [("pipe", true), ("pipe", false), ("link.mp4", true)] {
            let file = try OutputFile(target: place(target), temporary: nil, followsLinks: follows)
            #expect(throws: OutputError.self) { try file.publish(replacing: true) }
            file.remove()
        }
        // The link itself may go.
        let file = try OutputFile(target: place("link.mp4"), temporary: nil, followsLinks: false)
        try file.publish(replacing: true)
        var status = stat()
        #expect(stat(place("pipe").string, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
        #expect(lstat(place("link.mp4").string, &status) == 0 && status.st_mode & S_IFMT == S_IFREG)
    }

    /// A link that leads nowhere, as to a drive that is not mounted, is no free name.
    @Test func aLinkIsNoNewName() throws {
        let place = try Scratch()
        #expect(symlink(place("away/out.mp4").string, place("out.mp4").string) == 0)
        guard case .exists? = refusal(place("out.mp4")) else {
            return #expect(Bool(false), "a link is taken for a new name")
        }
        #expect(refusal(place("out.mp4"), overwrite: true) == nil)
    }

    @Test func findsInputsBehindLinks() throws {
        let place = try Scratch()
        let input = place("in.mp4")
        try touch(input)
        #expect(symlink(input.string, place("soft.mp4").string) == 0)
        #expect(link(input.string, place("hard.mp4").string) == 0)
        #expect(symlink(place.path.string, place("way").string) == 0)
        for name in ["in.mp4", "soft.mp4", "hard.mp4", "way/in.mp4", "way/way/soft.mp4"] {
            guard case .isInput(let output, let other)? = refusal(place(name), inputs: [input], overwrite: true)
            else { return #expect(Bool(false), "\(name) is accepted") }
            #expect(output == place(name).string && other == input.string)
        }
    }

    @Test(arguments: ["no/out.mp4", "in.mp4/out.mp4", "out.mkv", "out", "out.mp4.txt", ".mp4"])
    func refusesPlacesAndNames(_ name: String) throws {
        let place = try Scratch()
        try touch(place("in.mp4"))
        guard case .unsuitable(let file, let reason)? = refusal(place(name)) else {
            return #expect(Bool(false), "\(name) is accepted")
        }
        #expect(file == place(name).string && !reason.isEmpty)
    }

    /// Which root may write to, as far as its mode says.
    @Test(arguments: ["/proc/out.mp4", "/proc/self/out.mp4", "/sys/out.mp4", "/sys/kernel/out.mp4"])
    func refusesTheKernelsOwnFolders(_ name: String) {
        guard case .unsuitable? = refusal(FilePath(name)) else {
            return #expect(Bool(false), "\(name) is accepted")
        }
    }

    /// A way through the kernel's folders to one of ours is none of them.
    @Test func acceptsFoldersBehindTheKernels() throws {
        let place = try Scratch()
        let folder = open(place.path.string, O_RDONLY | O_DIRECTORY)
        defer { close(folder) }
        #expect(refusal(FilePath("/proc/self/fd/\(folder)/out.mp4")) == nil)
    }

    @Test func refusesFolders() throws {
        let place = try Scratch()
        #expect(mkdir(place("out.mp4").string, 0o755) == 0)
        guard case .unsuitable? = refusal(place("out.mp4"), overwrite: true) else {
            return #expect(Bool(false), "a folder is accepted")
        }
    }
}
