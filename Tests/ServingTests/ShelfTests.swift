import Glibc
import TestSupport
import Testing

@testable import Serving

/// Which files the page may see.
@Suite struct ShelfTests {
    /// A folder `clips` beside what is nobody's business.
    private func folder() throws -> Scratch {
        let folder = try Scratch()
        try folder.makeFolder("clips/inner")
        for name in [
            "secret.mp4", "clips/a.mp4", "clips/B.MKV", "clips/.hidden.mp4", "clips/inner/c.mp4", "clips/key.txt",
        ] {
            try folder.write(name, "x".utf8)
        }
        symlink("../secret.mp4", folder.file("clips/out.mp4"))
        symlink("a.mp4", folder.file("clips/in.mp4"))
        symlink("key.txt", folder.file("clips/key.mp4"))
        symlink("inner/c.mp4", folder.file("clips/deep.mp4"))
        symlink("nowhere.mp4", folder.file("clips/gone.mp4"))
        symlink("/dev/zero", folder.file("clips/zero.mp4"))
        symlink("..", folder.file("clips/up"))
        mkfifo(folder.file("clips/pipe.mp4"), 0o600)
        return folder
    }

    @Test func theListHasWhatMayBeSeen() throws {
        let folder = try folder()
        let shelf = try Shelf("clips0", folder.file("clips"), .clips)
        #expect(shelf.entries().map(\.name) == ["a.mp4", "B.MKV", "in.mp4"])
        #expect(shelf.entries().allSatisfy { $0.shelf == "clips0" && $0.bytes == 1 })
    }

    @Test(arguments: [
        "", ".", "..", "../secret.mp4", "../clips/a.mp4", "inner/c.mp4", "up/secret.mp4", "/etc/passwd", "/a.mp4",
        "./a.mp4",
        ".hidden.mp4", "key.txt", "a.mp4/", "a.mp4\0.mp4", "out.mp4", "key.mp4", "deep.mp4", "gone.mp4", "zero.mp4",
        "pipe.mp4",
        "inner", "no.mp4", "..mp4",
    ])
    func nothingElseIsOpened(_ name: String) throws {
        let folder = try folder()
        let shelf = try Shelf("clips0", folder.file("clips"), .clips)
        #expect(shelf.open(name) == nil && shelf.path(name) == nil)
    }

    @Test func aNameThatLooksLikeAFlagBecomesAPath() throws {
        let folder = try folder()
        try folder.write("clips/--output=x.mp4", "x".utf8)
        let shelf = try Shelf("clips0", folder.file("clips"), .clips)
        #expect(shelf.path("--output=x.mp4")?.isAbsolute == true)
    }

    @Test func aFolderThatIsNoneIsTrouble() throws {
        let folder = try folder()
        for name in ["no", "secret.mp4"] {
            #expect(throws: ShelfError.self) { try Shelf("x", folder.file(name), .clips) }
        }
    }
}

/// What is let go of while nothing happens.
@Suite struct IdleTests {
    @Test(arguments: [
        ("7f22d6c04000-7f22d6c06000 r-xp 00000000 fe:00 333133      /usr/lib/a.so\n", 0x7f22_d6c0_4000),
        ("7f22d6c04000-7f22d6c06000 r--p 00000000 fe:00 333133      /usr/lib/a.so\n", nil),
        ("7f22d6c04000-7f22d6c06000 rw-p 00000000 fe:00 333133      /usr/lib/a.so\n", nil),
        ("7ffd3a5f2000-7ffd3a5f4000 r-xp 00000000 00:00 0           [vdso]\n", nil),
        ("7f22d6c04000-7f22d6c06000 r-xp 00000000 00:00 0\n", nil), ("", nil),
    ])
    func onlyFilesCodeIsLetGo(_ line: String, _ start: UInt?) { #expect(Idle.code(line)?.start == start) }
}
