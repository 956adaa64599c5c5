import Foundation
import Glibc
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Machine

/// Who has a lock, and who may take it.
@Suite struct LockFileTests {
    private let place: Scratch
    private var path: FilePath { place("a.lock") }

    init() throws { place = try Scratch() }

    private func expectHeld() {
        let error = #expect(throws: Held.self) { try LockFile(path) }
        #expect(error?.trouble == .comeAgain)
    }

    /// Sets how many seconds ago the lock was touched last.
    private func age(by seconds: Int) {
        var times = [timespec](repeating: timespec(tv_sec: time(nil) - seconds, tv_nsec: 0), count: 2)
        #expect(utimensat(AT_FDCWD, path.string, &times, 0) == 0)
    }

    @Test func oneAtATimeHasIt() throws {
        let lock = try LockFile(path)
        #expect(try place.bytes("a.lock") == Data(ProcessMark.own.line.utf8))
        expectHeld()
        let error = #expect(throws: Held.self) { try LockFile.checkFree(path) }
        #expect(error?.description.contains("process \(getpid()) on ") == true)
        lock.release()
        #expect(place.names.isEmpty)
        try LockFile.checkFree(path)
        let next = try LockFile(path)
        // Released once more, a lock that is another's by now stays.
        lock.release()
        #expect(place.names == ["a.lock"])
        next.release()
    }

    @Test func aDeadProcessLosesIt() throws {
        var child = pid_t()
        let arguments = [strdup("sleep"), strdup("100"), nil]
        defer { for argument in arguments { free(argument) } }
        #expect(posix_spawnp(&child, "sleep", nil, nil, arguments, environ) == 0)
        let started = try #require(ProcessMark.running(Int(child)))
        #expect(started.hasEnded == false)
        try place.write("a.lock", started.line.utf8)
        expectHeld()
        // Killed, and not yet asked for.
        kill(child, SIGKILL)
        while started.hasEnded == false { usleep(1000) }
        try LockFile(path).release()
        waitpid(child, nil, 0)
        // A number that is used again is another process.
        try place.write("a.lock", ProcessMark.own.line.replacing(/-[0-9a-z]+\n/, with: "-1\n").utf8)
        try LockFile(path).release()
    }

    @Test func anotherMachinesIsBelievedForTenMinutes() throws {
        try place.write("a.lock", "far 77 elsewhere-25-1z\n".utf8)
        expectHeld()
        for seconds in [500, -500] {
            age(by: seconds)
            expectHeld()
        }
        // The second is of a clock that has been set back.
        for seconds in [700, -700] {
            try place.write("a.lock", "far 77 elsewhere-25-1z\n".utf8)
            age(by: seconds)
            try LockFile(path).release()
        }
    }

    @Test(arguments: ["", "no lock", "a b c d", "far 77 -25-1z", "far 77 x-y-z-1"])
    func oneThatSaysNothingIsBelievedForAMinute(
        _ text: String
    ) throws {
        try place.write("a.lock", text.utf8)
        expectHeld()
        age(by: 90)
        try LockFile(path).release()
    }

    /// Where there are no hard links a lock is empty for a moment; its maker's draft tells whose.
    @Test(arguments: ["", "no lock"]) func aDraftTellsWhoMakesIt(_ text: String) throws {
        try place.write("a.lock", text.utf8)
        let draft = "a.lock.\(ProcessMark.own.short)-abc.part"
        try place.write(draft, [])
        let error = #expect(throws: Held.self) { try LockFile(path) }
        #expect(error?.description.hasPrefix("process \(getpid()) on ") == true)
        unlink(place.file(draft))
        let unknown = #expect(throws: Held.self) { try LockFile(path) }
        #expect(unknown?.description.contains("does not say who") == true)
        // Of another machine nothing is known.
        try place.write("a.lock.elsewhere-25-1z-abc.part", [])
        expectHeld()
        // A dead maker's.
        try place.write(draft.replacing(/-[0-9a-z]+-abc/, with: "-1-abc"), [])
        try LockFile(path).release()
        #expect(place.names == ["a.lock.elsewhere-25-1z-abc.part"])
    }

    /// All find a dead one's at once.
    @Test func oneOfManyTakesItOver() throws {
        for _ in 0..<20 {
            try place.write("a.lock", ProcessMark.own.line.replacing(/-[0-9a-z]+\n/, with: "-1\n").utf8)
            let locks = Mutex([LockFile]())
            let path = path
            let threads = try (0..<8).map { _ in
                try Thread { if let lock = try? LockFile(path) { locks.withLock { $0.append(lock) } } }
            }
            for thread in threads { thread.join() }
            #expect(locks.withLock { $0.count } == 1)
            for lock in locks.withLock({ $0 }) { lock.release() }
            #expect(place.names.isEmpty, "\(place.names)")
        }
    }

    /// A machine that was started again: whoever had the lock has ended.
    @Test func anEarlierBootsIsNotBelieved() throws {
        let (own, other) = (ProcessMark.own, ProcessMark.own.short.replacing(/_[0-9a-z]+-/, with: "_other-"))
        let earlier = try #require(ProcessMark(short: other))
        #expect(earlier.machine == own.machine && earlier.boot != own.boot && earlier.process == own.process)
        #expect(earlier.hasEnded == true)
        try place.write("a.lock", "here 77 \(other)\n".utf8)
        try LockFile(path).release()
        // Of another machine, nothing is known.
        let foreign = try #require(ProcessMark(short: other.replacing(own.machine, with: "elsewhere")))
        #expect(foreign.hasEnded == nil)
    }

    /// Where /proc shows one's own processes only.
    @Test func aHiddenProcessHasNotEnded() throws {
        #expect(ProcessMark.own.hasEnded(in: place.path) == nil)
        var child = pid_t()
        let arguments = [strdup("true"), nil]
        defer { for argument in arguments { free(argument) } }
        #expect(posix_spawnp(&child, "true", nil, nil, arguments, environ) == 0)
        waitpid(child, nil, 0)
        let gone = ProcessMark.own.short.replacing(/-[0-9a-z]+-/, with: "-\(String(child, radix: 36))-")
        #expect(ProcessMark(short: gone)?.hasEnded(in: place.path) == true)
    }

    /// A link that leads nowhere takes the name, and there is nothing behind it.
    @Test(.timeLimit(.minutes(60))) func aLinkThatLeadsNowhereIsALockThatSaysNothing() throws {
        #expect(symlink("none/nowhere", path.string) == 0)
        expectHeld()
        var times = [timespec](repeating: timespec(tv_sec: time(nil) - 90, tv_nsec: 0), count: 2)
        #expect(utimensat(AT_FDCWD, path.string, &times, AT_SYMLINK_NOFOLLOW) == 0)
        try LockFile(path).release()
        #expect(place.names.isEmpty)
    }

    /// As on a full disk.
    @Test func oneThatCannotBeWrittenDoesNotStay() throws {
        #expect(throws: Errno.noSpace) { try LockFile.write(path) { _ in throw Errno.noSpace } }
        #expect(place.names.isEmpty)
    }

    /// A network file system that has sent the request twice answers the second.
    @Test func aLinkThatWasMadeIsMade() throws {
        try place.write("draft", [])
        try OutputFile.name(place("draft"), path) { draft, name in
            #expect(link(draft, name) == 0)
            errno = EEXIST
            return -1
        }
        #expect(place.names == ["a.lock", "draft"])
        unlink(path.string)
        try place.write("a.lock", [])
        #expect(throws: Errno.fileExists) { try OutputFile.name(place("draft"), path) }
    }

    @Test func aFolderThatIsNotThereIsTold() throws {
        let error = #expect(throws: OutputError.self) { try LockFile(place("no/a.lock")) }
        #expect(error?.trouble == .cannotCreate)
    }

    @Test func aMarkComesBackFromItsName() throws {
        let own = ProcessMark.own
        #expect(ProcessMark(line: own.line) == own && own.hasEnded == false && own.process == Int(getpid()))
        let short = try #require(ProcessMark(short: own.short))
        #expect(short.hasEnded == false && short.short == own.short)
        for text in ["", "a", "a-b", "a-b-c-d", "a--1", "a-0-1", "a-é-1", "a-1-ffffffffffffffffffffff"] {
            #expect(ProcessMark(short: text) == nil, "\(text)")
        }
    }
}

/// Temporary files of processes that were killed.
@Suite struct RemainsTests {
    @Test func goWhenTheNameIsWrittenAgain() throws {
        let place = try Scratch()
        let dead = ProcessMark.own.short.replacing(/-[0-9a-z]+$/, with: "-1")
        let kept = [
            "out.mp4.\(ProcessMark.own.short)-abc.part", "out.mp4.elsewhere-25-1z-abc.part", "out.mp4.part",
            "out.mp4.some.part", "other.mp4.\(dead)-abc.part", "out.mp4.\(dead)-abc.mp4",
        ]
        for name in kept + ["out.mp4.\(dead)-abc.part", "out.mp4.elsewhere-25-1z-old.part"] {
            try place.write(name, [])
        }
        var times = [timespec](repeating: timespec(tv_sec: time(nil) - 100_000, tv_nsec: 0), count: 2)
        utimensat(AT_FDCWD, place.file("out.mp4.elsewhere-25-1z-old.part"), &times, 0)
        try TextFile.write("new", to: place("out.mp4"), replacing: false)
        #expect(place.names == (kept + ["out.mp4"]).sorted())
    }
}
